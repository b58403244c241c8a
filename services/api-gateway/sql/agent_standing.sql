-- -> voice_agent (its status, null: none), request (the last one's status), has_number, has_phone, stopped (by whom). $1 agent
select v.status as voice_agent, v.phone_number_id is not null as has_number, a.phone is not null as has_phone,
       (select q.status from voice_agent_requests q where q.real_estate_agent_id = a.id order by q.id desc limit 1) as request,
       (select case when s.by_account = $1 then 'agent' else 'admin' end from dial_stops s
        where s.who in ('global', $1) order by s.by_account is not distinct from $1 limit 1) as stopped
from real_estate_agents a left join voice_agents v on v.real_estate_agent_id = a.id
where a.id = $1
