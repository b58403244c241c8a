-- Milliseconds until something is due, at most a second.
select least(1000, greatest(0, ceil(extract(epoch from coalesce(min(greatest(not_before, lease_until)), now() + interval '1 second') - now()) * 1000)))::int as wait_ms
from (select not_before, lease_until from outbox where sent_at is null order by not_before limit 200) o
