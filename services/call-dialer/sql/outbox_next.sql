-- Milliseconds until something is due, at most a second; and how many are late.
select least(1000, greatest(0, ceil(extract(epoch from coalesce(min(greatest(not_before, lease_until)), now() + interval '1 second') - now()) * 1000)))::int as wait_ms,
       count(*) filter (where not_before < now() - interval '1 minute') as late
from (select not_before, lease_until from outbox where sent_at is null order by not_before limit 200) o
