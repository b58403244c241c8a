-- -> body of the newest request. $1 agent
select json_build_object('status', q.status, 'rejection_reason', q.rejection_reason, 'request_id', q.id,
                         'requested_at', iso(q.requested_at), 'voice_agent_status', v.status)::text as body
from voice_agent_requests q
left join voice_agents v on v.real_estate_agent_id = q.real_estate_agent_id and q.status = 'approved'
where q.real_estate_agent_id = $1
order by q.id desc limit 1
