-- -> body. $1 real-estate agent or voice agent, $2 period, $3 its days, the last of which is today there.
-- Reads at most $3 rows, however many calls there were.
with agent as materialized (
    select a.id, (now() at time zone a.timezone)::date as today
    from real_estate_agents a
    where a.id = coalesce((select real_estate_agent_id from voice_agents where id = $1), $1)
), day as materialized (
    select d::date as day, coalesce(s.total_calls, 0) as total, coalesce(s.completed_calls, 0) as completed,
           coalesce(s.total_duration_seconds, 0) as seconds, s.calls_by_status
    from agent
    cross join lateral generate_series(today - $3::int + 1, today, interval '1 day') d
    left join call_stats_daily s on s.real_estate_agent_id = agent.id and s.day = d::date
), by_status as materialized (
    select key as status, sum(value::bigint) as n
    from day, jsonb_each_text(calls_by_status) group by key having sum(value::bigint) > 0
), sums as (
    select sum(total) as total, sum(completed) as completed, sum(seconds) as seconds from day
)
select json_build_object(
    'period', $2::text,
    'total_calls', total,
    'completed_calls', completed,
    'failed_calls', coalesce((select sum(n) from by_status
                              where status in ('failed', 'busy', 'no-answer', 'canceled')), 0),
    'total_duration_seconds', seconds,
    'average_duration_seconds', case when completed > 0 then round(seconds::numeric / completed, 2) else 0 end,
    'calls_by_status', coalesce((select json_object_agg(status, n) from by_status), '{}'),
    'calls_by_day', (select json_agg(json_build_object('date', day, 'count', total) order by day) from day)
    )::text as body
from agent, sums
