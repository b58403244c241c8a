-- -> body. $1 real-estate agent or voice agent
select (voice_agent_json(v)::jsonb || jsonb_build_object(
    'agent_name', a.name, 'company_name', a.company_name, 'agent_email', a.email, 'timezone', a.timezone,
    'dialing_stopped', exists (select from dial_stops where who in ('global', a.id)),
    'provisioning', coalesce((select jsonb_agg(jsonb_build_object('step', step, 'state', state, 'detail', detail,
                                  'at', iso(at)) order by p.id)
                              from provisioning_steps p where p.voice_agent_id = v.id), '[]')))::text as body
from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
where v.id = $1 or v.real_estate_agent_id = $1
