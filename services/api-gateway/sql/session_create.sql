-- -> kind, id, name, email, expires_at; of agents also company_name, timezone, phone. $1 sha256 of the token, $2 kind, $3 account, $4 client address.
-- Gives back the tokens that the login took: only failures count.
with account as (
    select 'admin' as kind, id, name, email, null as company_name, null as timezone, null as phone from admins where $2 = 'admin' and id = $3
    union all
    select 'agent', id, name, email, company_name, timezone, phone from real_estate_agents where $2 = 'agent' and id = $3
), made as (
    insert into sessions (token_hash, account_kind, account_id, expires_at)
    values ($1, $2, $3, now() + interval '12 hours')
    returning iso(expires_at) as expires_at
), given_back as (
    update throttles set tokens = tokens + 1
    where key in ('login:account:' || (select email from account),
                  'login:account:' || (select email from account) || ':' || $4, 'login:address:' || $4)
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    values ($2, $3, 'session.create', 'account', $3, $4)
)
select kind, id, name, email, expires_at, company_name, timezone, phone from account, made
