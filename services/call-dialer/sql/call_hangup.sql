-- Somebody wants a call over. What is not placed yet never is. -> sid (null: being placed) of what is under way.
-- $1 call, $2 reason
with waiting as (
    update dial_attempts set state = 'canceled', reason = $2, updated_at = now()
    where call_id = $1 and state in ('queued', 'held')
    returning call_id
), never as (
    update calls c set status = 'canceled', end_reason = $2, ended_at = now(), updated_at = now()
    from waiting w where c.id = w.call_id and status_rank(c.status) < 3
), asked as (
    update calls set end_reason = coalesce(end_reason, $2), updated_at = now()
    where id = $1 and status_rank(status) < case $2 when 'dialing_stopped' then 2 else 3 end
      and not exists (select from waiting)
    returning twilio_call_sid
)
select twilio_call_sid as sid from asked
