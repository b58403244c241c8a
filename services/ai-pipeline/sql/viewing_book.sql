-- Book a viewing of one of this agent's properties, for an hour, in the agent's own time zone. Says why not
-- instead of booking.
-- $1 tenant, $2 property, $3 call, $4 local start, $5 visitor's name, $6 visitor's number
with wish as (
    select p.id as property_id, p.address, $4::timestamp as local,
           $4::timestamp at time zone a.timezone as starts_at
    from properties p join real_estate_agents a on a.id = p.real_estate_agent_id
    where p.real_estate_agent_id = $1 and p.id = $2
), verdict as materialized (
    select w.*, viewing_verdict($1, w.starts_at, null) as refusal from wish w
), booked as ( -- two at once: the constraint lets one of them in
    insert into viewings (real_estate_agent_id, property_id, call_id, visitor_name, visitor_number, starts_at, ends_at)
    select $1, property_id, $3, coalesce($5, ''), $6, starts_at, starts_at + interval '1 hour'
    from verdict where refusal is null
    on conflict do nothing
    returning id, starts_at
)
select jsonb_strip_nulls(jsonb_build_object('viewing_id', b.id, 'address', v.address,
       'starts_at', to_char(v.local, 'YYYY-MM-DD"T"HH24:MI'), 'error',
       case when b.id is null then case coalesce(v.refusal, 'conflict')
            when 'past' then 'that time has passed'
            when 'outside_hours' then 'viewings are between 9:00 and 18:00'
            else 'the agent has another viewing at that time' end end)) as result
from verdict v left join booked b on true
