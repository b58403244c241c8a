-- -> fresh (we are the first), began (what proves it), same (as the first one's request), status and body of the
-- stored answer, lost (the first one must be dead by now).
-- $1 account, $2 key, $3 hash of the request, $4 whether what is done is noted by the statement that does it.
-- Status 0: the first one was refused before it did anything. Null for longer than any request may take, where what
-- is done is noted: nothing was done, and whoever is still at it finds that the key is not his any more (began).
with taken as (
    insert into idempotency_keys as k (account_id, key, request_hash) values ($1, $2, $3)
    on conflict (account_id, key) do update set request_hash = excluded.request_hash, status = null, created_at = now()
        where k.status = 0 or $4 = 'true' and k.request_hash = $3 and k.status is null
            and k.created_at < now() - interval '60 seconds'
    returning created_at
)
select exists (select from taken) as fresh, (select created_at from taken)::text as began, k.request_hash = $3 as same,
       k.status, k.body, k.status is null and k.created_at < now() - interval '60 seconds' as lost
from (select 1) one left join idempotency_keys k on k.account_id = $1 and k.key = $2
