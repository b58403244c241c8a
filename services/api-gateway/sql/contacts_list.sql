-- -> body. $1 agent, $2 page, $3 page size
with page as materialized (
    select * from contacts where real_estate_agent_id = $1
    order by name, id limit $3::int offset ($2::bigint - 1) * $3::int
)
select json_build_object(
    'items', coalesce((select json_agg(json_build_object('id', id, 'name', name, 'phone_number', phone_number,
                           'email', email, 'timezone', timezone, 'notes', notes, 'created_at', iso(created_at))
                           order by name, id) from page), '[]'),
    'total', (select count(*) from contacts where real_estate_agent_id = $1),
    'page', $2::bigint, 'page_size', $3::int)::text as body
