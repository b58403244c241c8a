-- Attempts whose fate is open for longer than $1 seconds: the reconciler asks the provider.
select id, from_number, to_number, extract(epoch from now() - posted_at)::int as age_seconds,
       to_char(posted_at at time zone 'UTC', 'YYYY-MM-DD') as posted_day,
       extract(epoch from posted_at)::bigint as posted_epoch
from dial_attempts
where state in ('posting', 'unknown') and posted_at < now() - make_interval(secs => $1::int)
order by posted_at limit 50
