-- Move a coming viewing of this number to another time, or only say what would be moved. -> refusal (a word, null
-- when it is fine), done, viewing as the JSON the model reads.
-- $1 tenant, $2 number, $3 viewing or null for the only one, $4 local start, $5 whether to do it
with mine as materialized (
    select v.id, v.property_id, v.starts_at, count(*) over () as n
    from viewings v where v.id in (select viewings_of_number($1, $2)) and ($3::text is null or v.id = $3)
), wish as (
    select a.timezone, $4::timestamp as local, $4::timestamp at time zone a.timezone as starts_at, m.id, m.property_id,
           m.starts_at as was, m.n
    from real_estate_agents a left join lateral (select * from mine limit 1) m on true where a.id = $1
), verdict as materialized (
    select w.*, case when id is null then 'no_viewing'
                     when n > 1 then 'several'
                     when w.starts_at = was then null
                     when w.starts_at > now() + interval '3 months' then 'too_far'
                     else viewing_verdict($1, w.starts_at, id) end as refusal
    from wish w
), moved as (
    update viewings v set starts_at = d.starts_at, ends_at = d.starts_at + (v.ends_at - v.starts_at), updated_at = now()
    from verdict d where v.id = d.id and v.real_estate_agent_id = $1 and v.status = 'booked' and d.refusal is null and $5::boolean
)
select refusal, refusal is null and $5::boolean as done, jsonb_strip_nulls(jsonb_build_object(
           'viewing_id', d.id, 'address', p.address, 'starts_at', to_char(local, 'YYYY-MM-DD"T"HH24:MI'),
           'was', to_char(was at time zone timezone, 'YYYY-MM-DD"T"HH24:MI'))) as viewing
from verdict d left join properties p on p.id = d.property_id
