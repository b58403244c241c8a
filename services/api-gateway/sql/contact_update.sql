-- -> body, null when there is no such time zone; no row when there is no such contact. What the body does not
-- name stays. A new number is a new person to have consent of. Another contact's number violates contacts_number.
-- $1 agent, $2 contact, $3 the checked request body, $4 its number as E.164 or null, $5 address
with mine as materialized (
    select id, phone_number from contacts where real_estate_agent_id = $1 and id = $2 for update
), wish as (
    select b from (select $3::jsonb as b) body
    where b ->> 'timezone' is null or b ->> 'timezone' in (select name from pg_timezone_names)
), done as (
    update contacts c
    set name = coalesce(btrim(b ->> 'name'), c.name), phone_number = coalesce($4, c.phone_number),
        email = case when b ? 'email' then b ->> 'email' else c.email end,
        timezone = case when b ? 'timezone' then b ->> 'timezone' else c.timezone end,
        notes = coalesce(b ->> 'notes', c.notes), updated_at = now()
    from mine, wish where c.id = mine.id
    returning c as contact, c.phone_number, b, c.phone_number <> mine.phone_number as moved
), noted as (
    insert into consents (real_estate_agent_id, phone_number, kind, source, by_account)
    select $1, phone_number, kind, 'contact', $1
    from done, consent_to_note((b ->> 'consent')::boolean, consent_of($1, phone_number)) kind
    where kind is not null and (moved or b ? 'consent')
    returning kind
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
    select 'agent', $1, 'contact.update', 'contact', $2, $5,
           jsonb_strip_nulls(jsonb_build_object('fields', array(select jsonb_object_keys(b)),
                                                'consent', (select kind from noted))) from done
)
select (select contact_json(contact, coalesce((select kind from noted), consent_of($1, phone_number)))
        from done)::text as body
from mine
