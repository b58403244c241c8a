-- -> body: voice agents with their agents' names, in the order of these, 500 a page. $1 page
with page as materialized (
    select v, a.name, a.company_name, a.email, v.id
    from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
    order by a.name, v.id limit 500 offset ($1::bigint - 1) * 500
)
select coalesce(json_agg(voice_agent_json(v)::jsonb || jsonb_build_object('agent_name', name,
                             'company_name', company_name, 'agent_email', email) order by name, id), '[]')::text as body
from page
