-- -> fresh (we are the first), same (as the first one's request), status and body of the stored answer.
-- $1 account, $2 key, $3 hash of the request. Status 0: the first one was refused before it did anything.
with taken as (
    insert into idempotency_keys as k (account_id, key, request_hash) values ($1, $2, $3)
    on conflict (account_id, key) do update set request_hash = excluded.request_hash, status = null, created_at = now()
        where k.status = 0
    returning key
)
select exists (select from taken) as fresh, k.request_hash = $3 as same, k.status, k.body
from (select 1) one left join idempotency_keys k on k.account_id = $1 and k.key = $2
