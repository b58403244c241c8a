-- -> id of every agent.
select id from real_estate_agents order by id
