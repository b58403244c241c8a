-- Book a viewing of one of this agent's properties, for an hour, in the agent's own time zone; or only say
-- what would be booked. -> refusal (a word, null when it is fine), done,
-- viewing as the JSON the model reads.
-- $1 tenant, $2 property, $3 call, $4 local start, $5 visitor's name, $6 visitor's number, $7 whether to do it
with wish as (
    select a.id as agent, p.id as property_id, p.address, p.status, $4::timestamp as local,
           $4::timestamp at time zone a.timezone as starts_at
    from real_estate_agents a left join properties p on p.real_estate_agent_id = a.id and p.id = $2
    where a.id = $1
), had as ( -- asked for once more: it is this one
    select v.id from viewings v, wish w where v.id in (select viewings_of_number($1, $6))
        and v.property_id = w.property_id and v.starts_at = w.starts_at
), verdict as materialized (
    select w.*, (select id from had limit 1) as had,
           case when property_id is null then 'no_property'
                when status <> 'available' then 'not_available'
                when exists (select from had) then null
                when starts_at > now() + interval '3 months' then 'too_far'
                when (select count(*) from viewings_of_number($1, $6)) >= 3 then 'too_many'
                else viewing_verdict($1, starts_at, null) end as refusal
    from wish w
), booked as ( -- two at once: the constraint lets one of them in
    insert into viewings (real_estate_agent_id, property_id, call_id, contact_id, visitor_name, visitor_number, starts_at,
                          ends_at)
    select agent, property_id, $3, k.id, coalesce($5, k.name, ''), $6, starts_at, starts_at + interval '1 hour'
    from verdict left join contacts k on k.real_estate_agent_id = agent and k.phone_number = $6
    where refusal is null and had is null and $7::boolean
    on conflict do nothing
    returning id
)
select case when $7::boolean and refusal is null and had is null and not exists (select from booked) then 'conflict'
            else refusal end as refusal,
       had is not null or exists (select from booked) as done,
       jsonb_strip_nulls(jsonb_build_object(
           'viewing_id', coalesce((select id from booked), had), 'property_id', property_id,
           'address', address, 'starts_at', to_char(local, 'YYYY-MM-DD"T"HH24:MI'))) as viewing
from verdict
