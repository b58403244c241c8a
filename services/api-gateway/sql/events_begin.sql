-- -> id: where to read on from; data: the calls that are on now. $1 agent
select uuid7() as id, json_build_object('calls', coalesce((
    select json_agg(call_json(c, null) order by c.created_at, c.id)
    from live_calls l join calls c on c.id = l.call_id
    where l.real_estate_agent_id = $1 and c.real_estate_agent_id = $1 and c.status in ('ringing', 'in-progress')),
    '[]'))::text as data
