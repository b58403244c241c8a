-- Its turn did not come while this delivery could be held: another one, soon.
-- $1 attempt, $2 seconds from now
insert into outbox (exchange, routing_key, type, tenant, call_id, body, not_before)
select 'va.cmd', 'call.dial', 'call.dial', real_estate_agent_id, call_id,
       jsonb_build_object('call_id', call_id, 'attempt_id', id), now() + make_interval(secs => $2::int)
from dial_attempts where id = $1 and state = 'queued'
