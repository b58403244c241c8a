-- -> body, the newest first. $1 agent, $2 page, $3 page size, $4 'open', 'done' or null
with matching as (
    select m as message, m.id from messages m
    where real_estate_agent_id = $1 and ($4::text is null or (done_at is null) = ($4 = 'open'))
), page as materialized (
    select * from matching order by id desc limit $3::int offset ($2::bigint - 1) * $3::int
)
select json_build_object(
    'items', coalesce((select json_agg(message_json(message) order by id desc) from page), '[]'),
    'total', (select count(*) from matching),
    'page', $2::bigint, 'page_size', $3::int)::text as body
