-- -> body: what was done, newest first. $1 cursor or null, $2 actor, $3 object, $4 action (each may be null),
-- $5 page size
with page as materialized (
    select * from audit_log
    where ($1::bigint is null or id < $1::bigint) and ($2::text is null or actor_id = $2)
      and ($3::text is null or object_id = $3) and ($4::text is null or action = $4)
    order by id desc limit $5::int + 1
), shown as materialized (
    select * from page order by id desc limit $5::int
)
select json_build_object(
    'items', coalesce((
        select json_agg(json_build_object('id', s.id::text, 'at', iso(s.at), 'actor_kind', s.actor_kind,
            'actor_id', s.actor_id, 'actor_name', coalesce(d.name, a.name), 'action', s.action,
            'object_kind', s.object_kind, 'object_id', s.object_id, 'outcome', s.outcome, 'address', s.address,
            'detail', s.detail) order by s.id desc)
        from shown s
        left join admins d on s.actor_kind = 'admin' and d.id = s.actor_id
        left join real_estate_agents a on s.actor_kind = 'agent' and a.id = s.actor_id), '[]'),
    'next_cursor', (select min(id)::text from shown having (select count(*) from page) > $5::int))::text as body
