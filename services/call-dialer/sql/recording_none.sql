-- Twilio knows of no recording: nobody asks again, unless it speaks of one itself.
-- $1 call
insert into recordings (call_id, real_estate_agent_id, state, reason)
select id, real_estate_agent_id, 'absent', 'not_recorded' from calls where id = $1
on conflict (call_id) do nothing
