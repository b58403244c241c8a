-- -> body: the stops that are in force, that of everybody first, 500 at most
select json_build_object('items', coalesce(json_agg(json_build_object(
           'agent_id', nullif(s.who, 'global'), 'agent_name', a.name, 'reason', s.reason,
           'by', case when s.by_account = s.who then 'agent' when s.by_account = 'operator' then 'operator' else 'admin' end,
           'by_name', d.name, 'since', iso(s.at)) order by s.who <> 'global', s.at desc), '[]'))::text as body
from (select * from dial_stops order by who <> 'global', at desc limit 500) s
left join real_estate_agents a on a.id = s.who
left join admins d on d.id = s.by_account
