-- -> body, the newest first. $1 agent, $2 page, $3 page size
with page as materialized (
    select id, total, delay_seconds, created_at, batch_state(batches) as state
    from batches where real_estate_agent_id = $1
    order by id desc limit $3::int offset ($2::bigint - 1) * $3::int
)
select json_build_object(
    'items', coalesce((select json_agg(json_build_object('batch_id', id, 'state', state, 'total', total,
                           'delay_seconds', delay_seconds, 'created_at', iso(created_at)) order by id desc)
                       from page), '[]'),
    'total', (select count(*) from batches where real_estate_agent_id = $1),
    'page', $2::bigint, 'page_size', $3::int)::text as body
