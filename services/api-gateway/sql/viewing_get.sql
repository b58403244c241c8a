-- -> body. $1 agent, $2 viewing
select viewing_json(v)::text as body from viewings v where real_estate_agent_id = $1 and id = $2
