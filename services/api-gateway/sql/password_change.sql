-- -> id; no row when the password was changed meanwhile. Ends all other sessions of the account, and gives
-- back the tokens that the check of the old password took: only failures count.
-- $1 kind, $2 account, $3 the old hash, $4 the new one, $5 sha256 of the token that stays, $6 client address
with admin as (
    update admins set password_hash = $4 where $1 = 'admin' and id = $2 and password_hash = $3
    returning id, email
), agent as (
    update real_estate_agents set password_hash = $4, updated_at = now()
    where $1 = 'agent' and id = $2 and password_hash = $3
    returning id, email
), account as (
    select id, email from admin union all select id, email from agent
), ended as (
    delete from sessions s using account a
    where s.account_kind = $1 and s.account_id = a.id and s.token_hash <> $5
), given_back as (
    update throttles set tokens = tokens + 1 from account a
    where key in ('login:account:' || a.email, 'login:account:' || a.email || ':' || $6, 'login:address:' || $6)
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select $1, id, 'password.change', 'account', id, $6 from account
)
select id from account
