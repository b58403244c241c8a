-- How the telephone and the outbox stand, for the metrics; every dialer sees the same.
-- $1 account
select (select count(*) from live_calls where direction = 'inbound') as inbound,
       (select count(*) from live_calls where direction = 'outbound') as outbound,
       (select count(*) from live_calls where direction = 'disputed') as disputed,
       (select count(*) from dial_attempts where state = 'ready') as ready,
       (select count(*) from dial_attempts where state = 'posting') as posting,
       (select count(*) from dial_attempts where state = 'unknown') as unknown,
       (select count(*) from dial_slots where account = $1 and free_at <= now()) as slots_free,
       (select count(*) from dial_slots where account = $1 and free_at > now()) as slots_taken,
       waiting, late, age_ms
from (select count(*) as waiting, count(*) filter (where not_before < now() - interval '1 minute') as late,
             coalesce(extract(epoch from now() - min(not_before)) * 1000, 0)::bigint as age_ms
      from (select not_before from outbox where sent_at is null and not_before <= now()
            order by not_before limit 10000) due) o
