-- -> body, with what became of it. $1 request
select (voice_agent_request_json(q) || jsonb_build_object(
    'voice_agent_id', v.id, 'voice_agent_status', v.status, 'setup', voice_agent_setup_json(v),
    'provisioning', voice_agent_steps_json(v.id)))::text as body
from voice_agent_requests q
left join voice_agents v on v.real_estate_agent_id = q.real_estate_agent_id and q.status = 'approved'
where q.id = $1
