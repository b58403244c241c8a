-- The attempt came to nothing: the provider refused it, or it was never placed. Ends the call.
-- $1 attempt, $2 state (refused, absent), $3 reason, $4 the provider's error code or null
with failed as (
    update dial_attempts set state = $2, reason = $3, updated_at = now()
    where id = $1 and state in ('posting', 'unknown')
    returning call_id
), call as (
    update calls c
    set status = 'failed', end_reason = $3, error_code = $4::int, ended_at = now(), updated_at = now()
    from failed f where c.id = f.call_id and status_rank(c.status) < 3
    returning c.id, c.real_estate_agent_id, c.status
), gone as (
    delete from live_calls l using call c where l.call_id = c.id
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body)
select 'va.evt', 'call.changed', 'call.changed', real_estate_agent_id, id,
       jsonb_build_object('call_id', id, 'status', status) from call
