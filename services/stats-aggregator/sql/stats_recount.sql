-- Recount the buckets (agent, local day) of these calls from calls, and replace their rows: exact,
-- whatever was duplicated or late. Two recounts of one bucket take turns on its row; the later one
-- counts anew, because the counting function reads with a snapshot of its own.
-- $1 call ids as a JSON array
insert into call_stats_daily as s (real_estate_agent_id, day, total_calls, completed_calls, failed_calls,
                                   inbound_calls, total_duration_seconds, calls_by_status)
select b.agent, b.day, n.total, n.completed, n.failed, n.inbound, n.seconds, n.by_status
from (select distinct c.real_estate_agent_id as agent, (c.created_at at time zone a.timezone)::date as day
      from calls c join real_estate_agents a on a.id = c.real_estate_agent_id
      where c.id in (select jsonb_array_elements_text($1::jsonb))) b,
     lateral stats_count(b.agent, b.day) n
order by b.agent, b.day
on conflict (real_estate_agent_id, day) do update set (total_calls, completed_calls, failed_calls,
        inbound_calls, total_duration_seconds, calls_by_status, computed_at) =
    (select n.total, n.completed, n.failed, n.inbound, n.seconds, n.by_status, now()
     from stats_count(s.real_estate_agent_id, s.day) n)
returning real_estate_agent_id, day
