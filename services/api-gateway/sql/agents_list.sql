-- -> body: the agents' accounts. $1 text to look for in name, company and e-mail, or null,
-- $2 'true' = only disabled ones, 'false' = only the others, null = all; $3 page, $4 page size, $5 offset
with found as materialized (
    select id, name from real_estate_agents
    where ($1::text is null or position(lower($1) in lower(name || ' ' || company_name || ' ' || email)) > 0)
      and ($2::boolean is null or (deleted_at is not null) = $2::boolean)
), page as materialized (
    select id, name from found order by lower(name), id limit $4::int offset $5::bigint
)
select json_build_object(
    'items', coalesce((select json_agg(agent_account_json(id) order by lower(name), id) from page), '[]'),
    'total', (select count(*) from found), 'page', $3::bigint, 'page_size', $4::int)::text as body
