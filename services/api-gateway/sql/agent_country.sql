-- -> country, in which the agent writes national numbers. $1 agent
select country from real_estate_agents where id = $1
