-- -> body with the secret, which is shown this once; no row: there are as many as there may be.
-- $1 agent, $2 its new id, $3 url, $4 events as a JSON array, $5 secret, $6 how many there may be, $7 address
with made as (
    insert into webhooks as w (id, real_estate_agent_id, url, events)
    select $2, $1, $3, array(select jsonb_array_elements_text($4::jsonb))
    where (select count(*) from webhooks where real_estate_agent_id = $1) < $6::int
    returning w as webhook, w.id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'webhook.add', 'webhook', id, $7 from made
)
select webhook_json(webhook, $5)::text as body from made
