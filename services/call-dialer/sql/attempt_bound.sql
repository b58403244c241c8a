-- The provider named the call: bind the attempt to its SID. A callback may have been first, then
-- nothing is left to do.
-- $1 attempt, $2 SID
with bound as (
    update dial_attempts set state = 'bound', sid = $2, updated_at = now()
    where id = $1 and state in ('posting', 'unknown')
    returning call_id
)
update calls c
set twilio_call_sid = coalesce(twilio_call_sid, $2), started_at = coalesce(started_at, now()), updated_at = now()
from bound b where c.id = b.call_id
