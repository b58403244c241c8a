-- The provider does not know the call any more: close it, with the reason.
-- $1 call, $2 reason
with closed as (
    update calls set status = 'failed', end_reason = $2, ended_at = coalesce(ended_at, now()), updated_at = now()
    where id = $1 and status_rank(status) < 3
    returning id, real_estate_agent_id, status
), gone as (
    delete from live_calls where call_id = $1
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body)
select 'va.evt', 'call.changed', 'call.changed', real_estate_agent_id, id,
       jsonb_build_object('call_id', id, 'status', status) from closed
