-- -> fresh (rows with a number that is new), imported (0 unless asked for), import_id (who was in the file: for a
-- batch).
-- $1 agent, $2 the checked rows: [{name, phone_number, ...}], $3 whether to import, $4 address.
-- Of rows with the same number the first counts; but one that refuses consent does so for all of them.
with given as materialized (
    select r ->> 'name' as name, r ->> 'phone_number' as phone_number, r ->> 'email' as email,
           r ->> 'timezone' as timezone, coalesce(r ->> 'notes', '') as notes, (r ->> 'consent')::boolean as consent,
           position
    from jsonb_array_elements($2::jsonb) with ordinality x (r, position)
), fresh as materialized (
    select distinct on (phone_number) g.* from given g
    where not exists (select from contacts c where c.real_estate_agent_id = $1 and c.phone_number = g.phone_number)
    order by phone_number, position
), made as (
    insert into contacts (real_estate_agent_id, name, phone_number, email, timezone, notes)
    select $1, name, phone_number, email, timezone, notes from fresh where $3::boolean
    order by position
    on conflict do nothing
    returning id, phone_number
), file as materialized (
    select uuid7() as id where $3::boolean
), kept as (
    insert into contact_imports (import_id, position, real_estate_agent_id, contact_id)
    select file.id, row_number() over (order by g.position), $1, who.id
    from file, (select phone_number, min(position) as position from given group by phone_number) g
    join (select id, phone_number from contacts where real_estate_agent_id = $1
          union all select id, phone_number from made) who using (phone_number)
), refused as materialized (
    select distinct phone_number from given where not consent
), recorded as (
    select distinct on (phone_number) phone_number, kind from consents where real_estate_agent_id = $1
    order by phone_number, created_at desc, id desc
), noted as (
    insert into consents (real_estate_agent_id, phone_number, kind, source, by_account)
    select $1, phone_number, 'refused', 'import', $1 from refused where $3::boolean
    union all
    select $1, phone_number, 'attested', 'import', $1
    from fresh left join recorded using (phone_number)
    where $3::boolean and consent_to_note(fresh.consent, recorded.kind) = 'attested'
        and phone_number not in (select phone_number from refused)
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, address, detail)
    select 'agent', $1, 'contact.import', 'contact', $4, jsonb_build_object('rows', (select count(*) from given),
           'imported', (select count(*) from made), 'refused', (select count(*) from refused))
    where $3::boolean
)
select (select count(*) from fresh) as fresh, (select count(*) from made) as imported, (select id from file) as import_id
