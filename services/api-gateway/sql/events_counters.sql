-- -> data: how much is going on, over all agents
select json_build_object('at', iso(now()), 'calls', count(*),
    'inbound', count(*) filter (where l.direction = 'inbound'),
    'outbound', count(*) filter (where l.direction = 'outbound'),
    'by_status', coalesce((select json_object_agg(status, n) from (
        select c.status, count(*) as n from live_calls x join calls c on c.id = x.call_id group by c.status) s),
        '{}'))::text as data
from live_calls l
