-- The provider said for certain that it did not take the request (rate limit): back into the queue,
-- for later. The only way out of posting that may lead to another request.
-- $1 attempt, $2 fence, $3 seconds from now
with back as (
    update dial_attempts
    set state = 'queued', fence = fence + 1, posted_at = null, ready_at = null, updated_at = now()
    where id = $1 and fence = $2::bigint and state = 'posting'
    returning id, call_id, real_estate_agent_id
), line as (
    update live_calls l set placed = false from back where l.call_id = back.call_id
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body, not_before)
select 'va.cmd', 'call.dial', 'call.dial', real_estate_agent_id, call_id,
       jsonb_build_object('call_id', call_id, 'attempt_id', id), now() + make_interval(secs => $3::int)
from back
