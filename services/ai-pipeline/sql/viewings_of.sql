-- The coming viewings of a number with this agent, as the JSON the model reads.
-- $1 tenant, $2 number
select json_build_object('viewings', coalesce(json_agg(json_build_object(
           'viewing_id', v.id, 'property_id', v.property_id, 'address', p.address, 'city', p.city,
           'starts_at', to_char(v.starts_at at time zone a.timezone, 'YYYY-MM-DD"T"HH24:MI')) order by v.starts_at),
           '[]')) as viewings
from (select * from viewings where id in (select viewings_of_number($1, $2)) order by starts_at limit 5) v
join properties p on p.id = v.property_id
join real_estate_agents a on a.id = v.real_estate_agent_id
