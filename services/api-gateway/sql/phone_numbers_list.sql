-- -> body: our own numbers, and whose they are
select coalesce(json_agg(json_build_object('id', n.id, 'phone_number', n.phone_number, 'country', n.country,
                             'status', n.status, 'twilio_sid', n.twilio_sid, 'voice_agent_id', v.id,
                             'real_estate_agent_id', v.real_estate_agent_id, 'created_at', iso(n.created_at))
                             order by n.id), '[]')::text as body
from phone_numbers n left join voice_agents v on v.phone_number_id = n.id
