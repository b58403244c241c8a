-- -> a row per day of the period, oldest first, of all agents together, rows as call_stats.sql's. A day is everybody's
-- own day of that date; the last is the latest that has begun for anybody. Maps one behind the other are a map.
-- $1 how many days
select d.day::date as day, 'local' as timezone, coalesce(s.total, 0) as total, coalesce(s.completed, 0) as completed,
       coalesce(s.failed, 0) as failed, coalesce(s.inbound, 0) as inbound, coalesce(s.answered, 0) as answered,
       coalesce(s.seconds, 0) as seconds, s.statuses, s.outcomes, s.hours, s.inbound_hours, s.durations,
       s.latency_answered, s.latency_llm, s.latency_tts
from (select today, today - $1::int as eve
      from (select coalesce(max((now() at time zone timezone)::date), now()::date) as today from real_estate_agents) t
      offset 0) a
cross join lateral generate_series(a.eve + 1, a.today, interval '1 day') d (day)
left join lateral (
    select k.day, sum(k.total_calls) as total, sum(k.completed_calls) as completed, sum(k.failed_calls) as failed,
           sum(k.inbound_calls) as inbound, sum(k.answered_calls) as answered, sum(k.total_duration_seconds) as seconds,
           coalesce(string_agg(nullif(k.statuses, ''), ' '), '') as statuses,
           coalesce(string_agg(nullif(k.outcomes, ''), ' '), '') as outcomes,
           coalesce(string_agg(nullif(k.hours, ''), ' '), '') as hours,
           coalesce(string_agg(nullif(k.inbound_hours, ''), ' '), '') as inbound_hours,
           coalesce(string_agg(nullif(k.durations, ''), ' '), '') as durations,
           coalesce(string_agg(nullif(k.latency_answered, ''), ' '), '') as latency_answered,
           coalesce(string_agg(nullif(k.latency_llm, ''), ' '), '') as latency_llm,
           coalesce(string_agg(nullif(k.latency_tts, ''), ' '), '') as latency_tts
    from call_stats_daily k where k.day > a.eve and k.day <= a.today group by k.day offset 0
) s on s.day = d.day::date
order by d.day
