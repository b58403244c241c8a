-- -> due (10,000 at most), oldest_seconds of these, planned (10,000 at most): messages that wait in the outbox
with due as materialized (
    select not_before from outbox where sent_at is null and not_before <= now() order by not_before limit 10000
), planned as (
    select 1 from outbox where sent_at is null and not_before > now() limit 10000
)
select (select count(*) from due) as due,
       coalesce((select floor(extract(epoch from now() - min(not_before)))::bigint from due), 0) as oldest_seconds,
       (select count(*) from planned) as planned
