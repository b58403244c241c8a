-- Claim an attempt for this delivery: a higher fence, a lease, and the account's next free dialing
-- slot. No row: another delivery has it, or it is past claiming.
-- $1 attempt, $2 account, $3 seconds between two calls of the account
with mine as (
    update dial_attempts
    set state = 'claimed', fence = fence + 1, lease_until = now() + interval '2 minutes', updated_at = now()
    where id = $1 and (state = 'queued' or (state = 'claimed' and lease_until < now()))
    returning fence
), slot as (
    insert into dial_buckets as b (account, next_at)
    select $2, now() + make_interval(secs => $3::float8) from mine
    on conflict (account) do update
        set next_at = greatest(b.next_at, now()) + make_interval(secs => $3::float8)
    returning next_at - make_interval(secs => $3::float8) as at
)
select fence, ceil(greatest(0, extract(epoch from slot.at - now()) * 1000))::int as wait_ms
from mine, slot
