-- -> body: with why the last calls to the number were refused. $1 agent, $2 contact
select (contact_json(c, consent_of($1, c.phone_number))::jsonb || jsonb_build_object('refusals', coalesce((
    select jsonb_agg(jsonb_build_object('at', iso(d.at), 'verdict', d.verdict) order by d.id desc)
    from (select * from dial_decisions d where d.real_estate_agent_id = $1
          and d.number_hash = number_hash($1, c.phone_number) order by d.id desc limit 10) d), '[]')))::text as body
from contacts c where real_estate_agent_id = $1 and id = $2
