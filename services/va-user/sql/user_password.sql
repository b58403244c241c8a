-- -> id of the account; no row when there is none. Ends its sessions and fills its bucket of attempts.
-- $1 e-mail, $2 password hash, $3 who did it
with admin as (
    update admins set password_hash = $2 where email = lower($1) returning id, email
), agent as (
    update real_estate_agents set password_hash = $2, updated_at = now() where email = lower($1) returning id, email
), account as (
    select 'admin' as kind, id, email from admin union all select 'agent', id, email from agent
), ended as (
    delete from sessions s using account a where s.account_kind = a.kind and s.account_id = a.id
), forgiven as (
    delete from throttles t using account a where t.key = 'login:account:' || a.email
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id)
    select 'operator', $3, 'password.reset', 'account', id from account
)
select id from account
