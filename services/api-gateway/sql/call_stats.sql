-- -> a row per day of the period, oldest first; no row: no such agent. $1 real-estate agent or voice agent,
-- $2 its days, the last of which is today there. Reads at most $2 rows, however many calls there were: the kept
-- days are fetched as one range (offset 0: by themselves) before they are laid beside the days of the period.
select d.day::date as day, a.timezone, coalesce(s.total_calls, 0) as total, coalesce(s.completed_calls, 0) as completed,
       coalesce(s.failed_calls, 0) as failed, coalesce(s.inbound_calls, 0) as inbound,
       coalesce(s.answered_calls, 0) as answered, coalesce(s.total_duration_seconds, 0) as seconds,
       s.statuses, s.outcomes, s.hours, s.inbound_hours, s.durations, s.latency_answered, s.latency_llm, s.latency_tts
from (select id, timezone, (now() at time zone timezone)::date as today, (now() at time zone timezone)::date - $2::int as eve from real_estate_agents
      where id = coalesce((select real_estate_agent_id from voice_agents where id = $1), $1) offset 0) a
cross join lateral generate_series(a.eve + 1, a.today, interval '1 day') d (day)
left join lateral (
    select * from call_stats_daily k
    where k.real_estate_agent_id = a.id and k.day > a.eve and k.day <= a.today offset 0
) s on s.day = d.day::date
order by d.day
