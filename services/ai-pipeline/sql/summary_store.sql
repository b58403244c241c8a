-- Keep a summary; whoever watches the call is told.
-- $1 call, $2 summary or null, $3 outcome, $4 fields as JSON
with kept as (
    update call_results set summary = $2, outcome = $3, fields = $4::jsonb, summarized = 'done', updated_at = now()
    where call_id = $1 and summarized = 'pending'
    returning call_id, real_estate_agent_id
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body)
select 'va.evt', 'call.changed', 'call.changed', c.real_estate_agent_id, c.id,
       jsonb_build_object('call_id', c.id, 'status', c.status)
from kept k join calls c on c.id = k.call_id
