-- -> the days of an agent, oldest first, from the first to the last with calls or figures. $1 agent
select d.day::date as day
from real_estate_agents a
cross join lateral (
    select (min(created_at) at time zone a.timezone)::date as first, (max(created_at) at time zone a.timezone)::date as last
    from calls where real_estate_agent_id = a.id) c
cross join lateral (
    select min(day) as first, max(day) as last from call_stats_daily where real_estate_agent_id = a.id) kept
cross join lateral generate_series(least(c.first, kept.first), greatest(c.last, kept.last), interval '1 day') d (day)
where a.id = $1
order by d.day
