-- The provider named the call: bind the attempt to its SID. A callback may have been first, then
-- nothing is left to do.
-- $1 attempt, $2 SID, $3 when its request had arrived at the latest (microseconds of our clock), or null
with bound as (
    update dial_attempts
    set state = 'bound', sid = $2, arrived_at = to_timestamp($3::float8 / 1e6), updated_at = now()
    where id = $1 and (state in ('posting', 'unknown') or state = 'bound' and sid = $2 and arrived_at is null)
    returning call_id
)
update calls c
set twilio_call_sid = coalesce(twilio_call_sid, $2), started_at = coalesce(started_at, now()), updated_at = now()
from bound b where c.id = b.call_id
