-- Calls of ours that a machine has answered, and the message to be left, if any. (A fax gets none.)
-- $1 {"events": [...]}
with machine as (
    select call_sid, max(answered_by) as kind
    from jsonb_to_recordset($1::jsonb -> 'events') as e (call_sid text, answered_by text)
    where answered_by ~ '^(machine|fax)' group by call_sid
)
select a.id as attempt, m.call_sid as sid, v.settings ->> 'language' as language,
       case when m.kind <> 'fax' and v.settings ->> 'voicemail' = 'leave_message'
           then nullif(v.settings ->> 'voicemail_message', '') end as message
from machine m join calls c on c.twilio_call_sid = m.call_sid and status_rank(c.status) < 3
join dial_attempts a on a.sid = m.call_sid and a.voicemail_at is null
join voice_agents v on v.id = c.voice_agent_id
where v.settings ->> 'voicemail' is distinct from 'off'
