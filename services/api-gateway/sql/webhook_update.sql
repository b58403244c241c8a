-- -> body. What is null stays. $1 agent, $2 webhook, $3 url or null, $4 events or null, as a JSON array,
-- $5 active or null, $6 address
with done as (
    update webhooks w
    set url = coalesce($3, url), active = coalesce($5::boolean, active),
        events = case when $4::text is null then events else array(select jsonb_array_elements_text($4::jsonb)) end,
        reason = case when coalesce($5::boolean, active) then null when active then 'paused' else reason end,
        updated_at = now()
    where real_estate_agent_id = $1 and id = $2
    returning w as webhook, w.id
), again as ( -- what waited while it rested
    insert into outbox (exchange, routing_key, type, tenant, body)
    select 'va.cmd', 'webhook.deliver', 'webhook.deliver', $1, jsonb_build_object('delivery_id', d.id, 'try', d.tries)
    from webhook_deliveries d join done on d.webhook_id = done.id
    where $5::boolean and d.state = 'waiting' and d.real_estate_agent_id = $1
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'webhook.update', 'webhook', id, $6 from done
)
select webhook_json(webhook, null)::text as body from done
