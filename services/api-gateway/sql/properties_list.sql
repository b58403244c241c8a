-- -> body. $1 agent, $2 page, $3 page size, $4 part of an address or city, or null, $5 status or null
with matching as (
    select p as property, p.address, p.id from properties p
    where real_estate_agent_id = $1 and ($5::text is null or status = $5)
        and ($4::text is null or position(lower($4) in lower(address)) > 0 or position(lower($4) in lower(city)) > 0)
), page as materialized (
    select * from matching order by address, id limit $3::int offset ($2::bigint - 1) * $3::int
)
select json_build_object(
    'items', coalesce((select json_agg(property_json(property) order by address, id) from page), '[]'),
    'total', (select count(*) from matching),
    'page', $2::bigint, 'page_size', $3::int)::text as body
