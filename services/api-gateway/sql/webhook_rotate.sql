-- -> secret_no: the secret's new number. $1 agent, $2 webhook, $3 address
with done as (
    update webhooks set secret_no = secret_no + 1, secret_at = now(), updated_at = now()
    where real_estate_agent_id = $1 and id = $2 returning id, secret_no
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'webhook.rotate', 'webhook', id, $3 from done
)
select secret_no from done
