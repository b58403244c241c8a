-- -> body: a delivery that says hello. $1 agent, $2 webhook
with told as (
    insert into webhook_deliveries as d (webhook_id, real_estate_agent_id, event)
    select id, $1, 'ping' from webhooks where real_estate_agent_id = $1 and id = $2
    returning d as delivery, d.id
), job as (
    insert into outbox (exchange, routing_key, type, tenant, body)
    select 'va.cmd', 'webhook.deliver', 'webhook.deliver', $1, jsonb_build_object('delivery_id', id, 'try', 0) from told
)
select webhook_delivery_json(delivery)::text as body from told
