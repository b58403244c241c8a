-- -> id of the new account; no row when the e-mail has one already.
-- $1 kind, $2 e-mail, $3 name, $4 company, $5 password hash, $6 who did it
with vacant as materialized (
    select 1 where not exists (select from admins where email = lower($2))
               and not exists (select from real_estate_agents where email = lower($2))
), admin as (
    insert into admins (email, name, password_hash) select lower($2), $3, $5 from vacant where $1 = 'admin'
    on conflict (email) do nothing returning id
), agent as (
    insert into real_estate_agents (email, name, company_name, password_hash)
    select lower($2), $3, $4, $5 from vacant where $1 = 'agent'
    on conflict (email) do nothing returning id
), made as (
    select id from admin union all select id from agent
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id)
    select 'operator', $6, $1 || '.create', 'account', id from made
)
select id from made
