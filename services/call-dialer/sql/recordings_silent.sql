-- Calls that were answered, have been over for $1 seconds, and of whose recording nobody has said a word,
-- though there should be one: of the last hours, as many as are asked about at once.
select c.id, c.twilio_call_sid
from calls c join voice_agents v on v.id = c.voice_agent_id
where c.created_at > now() - interval '3 hours' and c.status = 'completed' and c.answered_at is not null
  and c.ended_at < now() - make_interval(secs => $1::int) and c.twilio_call_sid is not null
  and coalesce((v.settings ->> 'recording_enabled')::boolean, true)
  and not exists (select from recordings r where r.call_id = c.id and r.state <> 'running')
order by c.created_at desc
limit 20
