-- -> body, null when there is no such time zone. A number that is kept already violates contacts_number.
-- $1 agent, $2 the checked request body, $3 its number as E.164, $4 address
with wish as (
    select b from (select $2::jsonb as b) body
    where b ->> 'timezone' is null or b ->> 'timezone' in (select name from pg_timezone_names)
), made as (
    insert into contacts as c (real_estate_agent_id, name, phone_number, email, timezone, notes)
    select $1, btrim(b ->> 'name'), $3, b ->> 'email', b ->> 'timezone', coalesce(b ->> 'notes', '') from wish
    returning c as contact, c.id
), noted as (
    insert into consents (real_estate_agent_id, phone_number, kind, source, by_account)
    select $1, $3, kind, 'contact', $1
    from made, wish, consent_to_note((b ->> 'consent')::boolean, consent_of($1, $3)) kind where kind is not null
    returning kind
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
    select 'agent', $1, 'contact.add', 'contact', id, $4,
           jsonb_strip_nulls(jsonb_build_object('consent', (select kind from noted))) from made
)
select (select contact_json(contact, coalesce((select kind from noted), consent_of($1, $3)))
        from made)::text as body
