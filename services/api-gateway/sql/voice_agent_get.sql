-- -> body; no row before the approval. $1 agent
select voice_agent_json(v)::text as body from voice_agents v where real_estate_agent_id = $1
