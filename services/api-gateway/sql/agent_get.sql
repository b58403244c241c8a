-- -> body: an agent's account. $1 agent
select agent_account_json(id)::text as body from real_estate_agents where id = $1
