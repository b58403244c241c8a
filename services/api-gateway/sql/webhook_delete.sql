-- -> a row when there was one; its deliveries go with it. $1 agent, $2 webhook, $3 address
with gone as (
    delete from webhooks where real_estate_agent_id = $1 and id = $2 returning id
)
insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
select 'agent', $1, 'webhook.delete', 'webhook', id, $3 from gone returning true as gone
