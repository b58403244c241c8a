-- -> a row per call: id, recorded, item; and in each row, or in the only one of an empty page, total.
-- $1 agent, $2 status or null, $3 page size, $4 offset.
-- Counting is exact for an agent of up to 1,000 calls; beyond, the daily figures tell, which do not grow
-- with the calls and are at most a second old.
with few as materialized (
    select count(*) as n, count(*) filter (where $2::text is null or status = $2) as matching
    from (select status from calls where real_estate_agent_id = $1 limit 1001) c
), total as (
    select case when few.n <= 1000 then few.matching
                else greatest(few.matching, (
                    select sum(case when $2::text is null then total_calls
                                    else coalesce((calls_by_status ->> $2)::int, 0) end)
                    from call_stats_daily where real_estate_agent_id = $1)) end as n
    from few
), page as (
    select c as call, c.id, c.created_at from calls c
    where real_estate_agent_id = $1 and ($2::text is null or status = $2)
    order by created_at desc, id desc limit $3::int offset $4::bigint
)
select total.n as total, p.id, (p.call).recording_url is not null as recorded, call_json(p.call, null)::text as item
from total left join page p on true
order by p.created_at desc, p.id desc
