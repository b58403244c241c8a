-- -> id, type, data, too_many: events after that one. An id is made when its statement runs and seen when that
-- commits, at most 5 s later: so this begins 6 s before. No row: the id is not ours, or older than a day.
-- $1 agent, $2 id, $3 at most
with last as materialized (
    select case when $2 ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$'
                then ('x' || translate(left($2, 13), '-', ''))::bit(48)::bigint end as ms
), begin as materialized (
    select overlay(lpad(to_hex(ms - 6000), 12, '0') placing '-' from 9 for 0) as id from last
    where to_timestamp(ms / 1000.0) between now() - interval '1 day' and now() + interval '1 minute'
), missed as materialized (
    select o.id, o.type, o.body from begin b, outbox o
    where o.tenant = $1 and o.exchange = 'va.evt' and o.id > b.id
    order by o.id limit $3::int + 1
)
select m.id, m.type, event_json($1, m.type, m.body)::text as data,
       (select count(*) from missed) > $3::int as too_many
from begin left join missed m on true
order by m.id
