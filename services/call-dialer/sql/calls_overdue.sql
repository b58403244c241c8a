-- Calls that should have been heard of by now; each is looked at again after $1 seconds.
update live_calls l set check_at = now() + make_interval(secs => $1::int)
from calls c
where c.id = l.call_id
  and l.call_id in (select call_id from live_calls where check_at < now()
                    order by check_at limit 50 for update skip locked)
returning c.id, c.twilio_call_sid
