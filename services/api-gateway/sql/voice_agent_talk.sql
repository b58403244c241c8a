-- -> expires_at of an invitation that is made now; no row: the agent has no voice agent.
-- $1 agent
select to_jsonb(now() + interval '1 minute') #>> '{}' as expires_at
from voice_agents where real_estate_agent_id = $1
