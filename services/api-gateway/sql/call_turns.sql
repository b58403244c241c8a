-- -> body; the reader is written down. $1 agent, $2 call, $3 address
with call as materialized (
    select id from calls where real_estate_agent_id = $1 and id = $2
), turn as materialized (
    select t from call_turns t, call where t.call_id = call.id and t.real_estate_agent_id = $1
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'transcript.read', 'call', id, $3 from call where exists (select from turn)
)
select json_build_object('items', coalesce((
    select json_agg(turn_json(t) order by (t).seq) from turn), '[]'))::text as body
from call
