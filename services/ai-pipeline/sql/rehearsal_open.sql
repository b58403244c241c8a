-- The voice agent of an agent, as call_answer.sql tells it, for a rehearsal without a call; active or not.
-- $1 agent
select a.id as real_estate_agent_id, 'active' as agent_status, agent_config(v.id) as config
from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
where a.id = $1
