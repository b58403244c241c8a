-- Assigned numbers whose voice agent is gone. $1 seconds that a number may be on its way
select n.id, n.twilio_sid from phone_numbers n
where n.status = 'assigned' and n.updated_at < now() - make_interval(secs => $1::int)
  and not exists (select from voice_agents v where v.phone_number_id = n.id)
limit 20
