-- Where the setup of a voice agent stands.
-- $1 voice agent
select v.status, v.setup_failed_at is not null as given_up, a.deleted_at is not null as disabled, a.country,
       a.area_code, n.id as number_id, n.phone_number, n.twilio_sid, n.wired_at is not null as wired,
       w.phone_number as wanted
from voice_agents v
join real_estate_agents a on a.id = v.real_estate_agent_id
left join phone_numbers n on n.id = v.phone_number_id
left join phone_numbers w on w.wanted_by = v.id and w.status = 'buying'
where v.id = $1
