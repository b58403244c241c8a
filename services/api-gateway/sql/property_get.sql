-- -> body. $1 agent, $2 property
select property_json(p)::text as body from properties p where real_estate_agent_id = $1 and id = $2
