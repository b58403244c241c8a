-- -> ended (then there is nothing to do), body; no row when there is no such call. One that is only planned in a batch
-- ends here. $1 agent, $2 call, $3 address
with mine as materialized (
    select id, status, status_rank(status) = 3 as ended from calls where real_estate_agent_id = $1 and id = $2
), asked as (
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.cmd', 'call.hangup', 'call.hangup', $1, id, jsonb_build_object('call_id', id, 'reason', 'hung_up')
    from mine where not ended
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'call.hangup', 'call', id, $3 from mine where not ended
), planned as (
    update batch_contacts set state = 'ended', outcome = 'canceled', reason = 'hung_up'
    where real_estate_agent_id = $1 and call_id = $2 and state = 'waiting' and not exists (select from mine)
    returning batch_id
), over as (
    select from batch_contacts i
    where real_estate_agent_id = $1 and call_id = $2 and state = 'ended' and not exists (select from mine)
)
select ended, json_build_object('call_id', id, 'status', status)::text as body from mine
union all
select true, json_build_object('call_id', $2::text, 'status', 'canceled')::text
from (select batches_tell(array[batch_id])::text from planned union all select null from over) x
