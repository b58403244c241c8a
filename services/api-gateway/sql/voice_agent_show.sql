-- -> body. $1 real-estate agent or voice agent
select (voice_agent_json(v)::jsonb || jsonb_build_object(
    'agent_name', a.name, 'company_name', a.company_name, 'agent_email', a.email, 'timezone', a.timezone,
    'dialing_stopped', exists (select from dial_stops where who in ('global', a.id)),
    'setup', voice_agent_setup_json(v), 'provisioning', voice_agent_steps_json(v.id)))::text as body
from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
where v.id = $1 or v.real_estate_agent_id = $1
