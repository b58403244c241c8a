-- -> zone_known, id; id is null when the e-mail has an account already.
-- $1 name, $2 company, $3 e-mail, $4 password hash, $5 phone (E.164) or null, $6 country, $7 area code or null,
-- $8 time zone or null, $9 admin, $10 address
with zone as materialized (
    select $8::text is null or exists (select from pg_timezone_names where name = $8) as known
), made as (
    insert into real_estate_agents (name, company_name, email, password_hash, phone, country, area_code, timezone)
    select $1, $2, lower($3), $4, $5, $6, $7, coalesce($8, 'America/New_York')
    from zone where known and not exists (select from admins where email = lower($3))
    on conflict (email) do nothing
    returning id
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'admin', $9, 'agent.create', 'account', id, $10 from made
)
select zone.known as zone_known, (select id from made) as id from zone
