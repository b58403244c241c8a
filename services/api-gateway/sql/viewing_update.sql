-- -> refusal (a word, null when it is done), body; no row when there is no such viewing. What the body does not
-- name stays. $1 agent, $2 viewing, $3 the checked request body, $4 its number as E.164 or null, $5 address
with mine as materialized (
    select id, status, starts_at from viewings where real_estate_agent_id = $1 and id = $2 for update
), wish as materialized (
    select b, coalesce((b ->> 'starts_at')::timestamptz, mine.starts_at) as starts_at
    from mine, (select $3::jsonb as b) body
), verdict as materialized (
    select case when mine.status = 'cancelled' then 'cancelled'
                when b ->> 'contact_id' is not null and not exists (select from contacts
                     where real_estate_agent_id = $1 and id = b ->> 'contact_id') then 'contact_missing'
                when wish.starts_at <> mine.starts_at then viewing_verdict($1, wish.starts_at, $2) end as refusal
    from mine, wish
), done as (
    update viewings v
    set starts_at = wish.starts_at, ends_at = wish.starts_at + (v.ends_at - v.starts_at),
        contact_id = case when b ? 'contact_id' then b ->> 'contact_id' else v.contact_id end,
        visitor_name = coalesce(btrim(b ->> 'visitor_name'), v.visitor_name),
        visitor_number = case when b ? 'visitor_number' then $4 else v.visitor_number end, updated_at = now()
    from wish, verdict where v.id = $2 and verdict.refusal is null
    returning v as viewing, v.id, b
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
    select 'agent', $1, 'viewing.update', 'viewing', id, $5,
           jsonb_build_object('fields', array(select jsonb_object_keys(b))) from done
)
select refusal, (select viewing_json(viewing) from done)::text as body from verdict
