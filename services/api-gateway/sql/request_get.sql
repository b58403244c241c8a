-- -> body, with what became of it. $1 request
select (voice_agent_request_json(q) || jsonb_build_object(
    'voice_agent_id', v.id, 'voice_agent_status', v.status,
    'provisioning', coalesce((select jsonb_agg(jsonb_build_object('step', step, 'state', state, 'detail', detail,
                                  'at', iso(at)) order by p.id)
                              from provisioning_steps p where p.voice_agent_id = v.id), '[]')))::text as body
from voice_agent_requests q
left join voice_agents v on v.real_estate_agent_id = q.real_estate_agent_id and q.status = 'approved'
where q.id = $1
