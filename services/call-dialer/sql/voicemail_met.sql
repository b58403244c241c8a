-- What the mailbox was left with. $1 attempt, $2 'voicemail' or 'voicemail_left'
with met as (
    update dial_attempts set voicemail_at = now() where id = $1 returning call_id
)
update calls c set end_reason = coalesce(end_reason, $2), updated_at = now() from met where c.id = met.call_id
