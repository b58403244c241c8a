-- -> ready (its number is set up), body. $1 agent
select v.status <> 'pending_setup' and n.phone_number is not null as ready,
       json_build_object('voice_agent_id', v.id, 'phone_number', n.phone_number,
                         'voice_agent_status', v.status)::text as body
from voice_agents v
left join phone_numbers n on n.id = v.phone_number_id and v.status <> 'pending_setup'
where v.real_estate_agent_id = $1
