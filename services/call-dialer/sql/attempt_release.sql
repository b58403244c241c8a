-- The provider said for certain that it did not take the request (rate limit), or the request has certainly not
-- left: back into the queue, for later. The only way out of posting that may lead to another request.
-- $1 attempt, $2 fence, $3 seconds from now, $4 when the request had arrived at the latest (microseconds of our clock)
with back as (
    update dial_attempts
    set state = 'queued', fence = fence + 1, posted_at = null, ready_at = null,
        arrived_at = to_timestamp($4::float8 / 1e6), updated_at = now()
    where id = $1 and fence = $2::bigint and state = 'posting'
    returning id, call_id, real_estate_agent_id
), line as (
    update live_calls l set placed = false from back where l.call_id = back.call_id
), day as (
    update dial_days d set placed = d.placed - 1
    from back join real_estate_agents a on a.id = back.real_estate_agent_id
    where d.real_estate_agent_id = a.id and d.day = (now() at time zone a.timezone)::date
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body, not_before)
select 'va.cmd', 'call.dial', 'call.dial', real_estate_agent_id, call_id,
       jsonb_build_object('call_id', call_id, 'attempt_id', id), now() + make_interval(secs => $3::int)
from back
