-- -> an agent and how many of his days. Recount the slots of these calls from calls, and what stands on them:
-- exact, whatever was duplicated or late. In one order, so that two of these wait for each other at most.
-- $1 call ids as a JSON array
select agent, stats_refresh(agent, slots) as days
from (select c.real_estate_agent_id as agent, array_agg(distinct stats_slot(c.created_at)) as slots
      from calls c
      where c.id in (select jsonb_array_elements_text($1::jsonb))
      group by 1 order by hashtext(c.real_estate_agent_id) offset 0) touched
