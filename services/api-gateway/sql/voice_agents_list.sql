-- -> body: every voice agent with its agent's name
select coalesce(json_agg(voice_agent_json(v)::jsonb || jsonb_build_object('agent_name', a.name,
                             'company_name', a.company_name, 'agent_email', a.email) order by a.name, v.id), '[]')::text as body
from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
