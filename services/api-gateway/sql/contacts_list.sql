-- -> body. $1 agent, $2 page, $3 page size, $4 part of a name, a number or an e-mail, or null
with filter as (
    select lower($4) as words,
           case when $4 !~ '[[:alpha:]]' then nullif(ltrim(regexp_replace($4, '\D', '', 'g'), '0'), '') end as digits
), matching as (
    select c as contact, c.name, c.id from contacts c, filter f
    where c.real_estate_agent_id = $1
        and ($4::text is null or position(f.words in lower(c.name)) > 0 or position(f.digits in c.phone_number) > 0
             or position(f.words in lower(c.email)) > 0)
), page as materialized (
    select * from matching order by name, id limit $3::int offset ($2::bigint - 1) * $3::int
)
select json_build_object(
    'items', coalesce((select json_agg(contact_json(contact, consent_of($1, (contact).phone_number))
                           order by name, id) from page), '[]'),
    'total', (select count(*) from matching),
    'page', $2::bigint, 'page_size', $3::int)::text as body
