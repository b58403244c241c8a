-- -> body: what the telephone network has said of the call, in the order it came, 500 at most; no row: not the
-- agent's. $1 agent, $2 call
select json_build_object('items', coalesce((
           select json_agg(json_build_object('at', iso(e.received_at), 'kind', e.kind, 'status', e.status,
                                             'params', e.params) order by e.id)
           from (select * from call_events where call_id = c.id order by id limit 500) e), '[]'))::text as body
from calls c where c.id = $2 and c.real_estate_agent_id = $1
