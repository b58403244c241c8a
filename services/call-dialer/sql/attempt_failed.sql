-- The attempt came to nothing: the provider refused it, or it was never placed. Ends the call.
-- $1 attempt, $2 state (refused, absent), $3 reason, $4 the provider's error code or null,
-- $5 when its request had arrived at the latest (microseconds of our clock), or null
with failed as (
    update dial_attempts set state = $2, reason = $3, arrived_at = to_timestamp($5::float8 / 1e6), updated_at = now()
    where id = $1 and state in ('posting', 'unknown')
    returning call_id
)
update calls c
set status = 'failed', end_reason = $3, error_code = $4::int, ended_at = now(), updated_at = now()
from failed f where c.id = f.call_id and status_rank(c.status) < 3
