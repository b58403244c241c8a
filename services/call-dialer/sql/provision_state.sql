-- Where the setup of a voice agent stands.
-- $1 voice agent
select v.status, v.real_estate_agent_id, a.country, a.area_code, n.id as number_id, n.phone_number,
       n.twilio_sid, n.wired_at is not null as wired
from voice_agents v
join real_estate_agents a on a.id = v.real_estate_agent_id
left join phone_numbers n on n.id = v.phone_number_id
where v.id = $1
