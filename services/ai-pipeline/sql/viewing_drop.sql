-- Cancel a coming viewing of this number, or only say which would be cancelled. -> refusal (a word, null when it is
-- fine), done, viewing as the JSON the model reads.
-- $1 tenant, $2 number, $3 viewing or null for the only one, $4 whether to do it
with mine as materialized (
    select v.id, v.property_id, v.starts_at, count(*) over () as n
    from viewings v where v.id in (select viewings_of_number($1, $2)) and ($3::text is null or v.id = $3)
), verdict as materialized (
    select a.timezone, m.*, case when m.id is null then 'no_viewing' when m.n > 1 then 'several' end as refusal
    from real_estate_agents a left join lateral (select * from mine limit 1) m on true where a.id = $1
), dropped as (
    update viewings v set status = 'cancelled', updated_at = now()
    from verdict d where v.id = d.id and v.real_estate_agent_id = $1 and d.refusal is null and $4::boolean
)
select refusal, refusal is null and $4::boolean as done, jsonb_strip_nulls(jsonb_build_object(
           'viewing_id', d.id, 'address', p.address,
           'starts_at', to_char(d.starts_at at time zone d.timezone, 'YYYY-MM-DD"T"HH24:MI'))) as viewing
from verdict d left join properties p on p.id = d.property_id
