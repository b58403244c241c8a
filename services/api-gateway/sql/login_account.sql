-- -> allowed, and the account of this e-mail, if there is one: kind, id, password_hash.
-- $1 email, $2 client address. One token of the account's and of the address's bucket is taken; an empty
-- bucket is left as it is, so that knocking on it does not keep it empty. An address from which this
-- account has signed in lately has a bucket of its own: strangers cannot lock its owner out.
with account as materialized (
    select 'admin' as kind, id, password_hash from admins where email = lower($1) and disabled_at is null
    union all
    select 'agent', id, password_hash from real_estate_agents where email = lower($1) and deleted_at is null
    limit 1
), bucket (key, capacity) as (
    select 'login:account:' || lower($1) || case when exists (
               select from audit_log l, account where l.object_id = account.id and l.action = 'session.create'
               and l.address = $2 and l.at > now() - interval '30 days') then ':' || $2 else '' end, 5.0
    union all
    select 'login:address:' || $2, 49.0
), taken as (
    insert into throttles as t (key, tokens, at)
    select key, capacity - 1, clock_timestamp() from bucket order by key
    on conflict (key) do update
        set tokens = least(excluded.tokens + 1, t.tokens + greatest(0, extract(epoch from excluded.at - t.at))
                           * (excluded.tokens + 1) / 900) - 1,
            at = excluded.at
        where least(excluded.tokens + 1, t.tokens + greatest(0, extract(epoch from excluded.at - t.at))
                    * (excluded.tokens + 1) / 900) >= 1
    returning key
)
select (select count(*) from taken) = 2 as allowed, a.kind, a.id, a.password_hash
from (select 1) one left join account a on true
