-- -> a row per day of the period, oldest first; no row: no such agent. $1 real-estate agent or voice agent,
-- $2 its days, the last of which is today there. Reads at most $2 rows, however many calls there were.
select d.day::date as day, a.timezone, coalesce(s.total_calls, 0) as total, coalesce(s.completed_calls, 0) as completed,
       coalesce(s.failed_calls, 0) as failed, coalesce(s.inbound_calls, 0) as inbound,
       coalesce(s.answered_calls, 0) as answered, coalesce(s.total_duration_seconds, 0) as seconds,
       s.statuses, s.outcomes, s.hours, s.inbound_hours, s.durations, s.latency_answered, s.latency_llm, s.latency_tts
from real_estate_agents a
cross join lateral generate_series((now() at time zone a.timezone)::date - $2::int + 1,
                                   (now() at time zone a.timezone)::date, interval '1 day') d (day)
left join call_stats_daily s on s.real_estate_agent_id = a.id and s.day = d.day::date
where a.id = coalesce((select real_estate_agent_id from voice_agents where id = $1), $1)
order by d.day
