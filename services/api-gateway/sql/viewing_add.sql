-- -> refusal (a word, null when it is booked), body.
-- $1 agent, $2 the checked request body, $3 its number as E.164 or null, $4 address
with wish as materialized (
    select b, (b ->> 'starts_at')::timestamptz as starts_at, k.id as contact_id, p.id as property_id,
           coalesce(btrim(b ->> 'visitor_name'), k.name, '') as visitor_name, coalesce($3, k.phone_number) as visitor_number
    from (select $2::jsonb as b) body
    left join properties p on p.real_estate_agent_id = $1 and p.id = b ->> 'property_id'
    left join contacts k on k.real_estate_agent_id = $1 and k.id = b ->> 'contact_id'
), verdict as materialized (
    select case when property_id is null then 'property_missing'
                when b ->> 'contact_id' is not null and contact_id is null then 'contact_missing'
                else viewing_verdict($1, starts_at, null) end as refusal
    from wish
), made as ( -- two at once: the constraint lets one of them in
    insert into viewings as v (real_estate_agent_id, property_id, contact_id, visitor_name, visitor_number, starts_at, ends_at)
    select $1, property_id, contact_id, visitor_name, visitor_number, starts_at, starts_at + interval '1 hour'
    from wish, verdict where refusal is null
    on conflict do nothing
    returning v as viewing, v.id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'viewing.add', 'viewing', id, $4 from made
)
select coalesce(refusal, case when not exists (select from made) then 'conflict' end) as refusal,
       (select viewing_json(viewing) from made)::text as body
from verdict
