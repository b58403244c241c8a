-- -> body, the next first. $1 agent, $2 page, $3 page size, $4 status or null, $5 from and $6 until, or null
with matching as (
    select v as viewing, v.starts_at, v.id from viewings v
    where real_estate_agent_id = $1 and ($4::text is null or status = $4)
        and ($5::text is null or ends_at > $5::timestamptz) and ($6::text is null or starts_at < $6::timestamptz)
), page as materialized (
    select * from matching order by starts_at, id limit $3::int offset ($2::bigint - 1) * $3::int
)
select json_build_object(
    'items', coalesce((select json_agg(viewing_json(viewing) order by starts_at, id) from page), '[]'),
    'total', (select count(*) from matching),
    'page', $2::bigint, 'page_size', $3::int)::text as body
