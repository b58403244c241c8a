-- -> body, the newest first. $1 agent, $2 page, $3 page size
with page as materialized (
    select batches as batch, id from batches where real_estate_agent_id = $1
    order by id desc limit $3::int offset ($2::bigint - 1) * $3::int
)
select json_build_object(
    'items', coalesce((select json_agg(batch_json(batch) || jsonb_build_object('ended',
                           (select count(*) from batch_contacts i where i.batch_id = page.id and i.state = 'ended'))
                           order by id desc) from page), '[]'),
    'total', (select count(*) from batches where real_estate_agent_id = $1),
    'page', $2::bigint, 'page_size', $3::int)::text as body
