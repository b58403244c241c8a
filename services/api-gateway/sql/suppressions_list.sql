-- -> body, the newest first: this agent's, and those that hold for everybody.
-- $1 agent, $2 page, $3 page size, $4 part of a number or null, $5 'active', 'lifted' or null
with filter as (
    select nullif(ltrim(regexp_replace($4, '\D', '', 'g'), '0'), '') as digits
), matching as (
    select s as suppression, s.created_at, s.id from suppressions s, filter f
    where (real_estate_agent_id = $1 or real_estate_agent_id is null)
        and ($5::text is null or (lifted_at is null) = ($5 = 'active'))
        and ($4::text is null or position(f.digits in phone_number) > 0)
), page as materialized (
    select * from matching order by created_at desc, id desc limit $3::int offset ($2::bigint - 1) * $3::int
)
select json_build_object(
    'items', coalesce((select json_agg(suppression_json(suppression) order by created_at desc, id desc) from page), '[]'),
    'total', (select count(*) from matching),
    'page', $2::bigint, 'page_size', $3::int)::text as body
