-- -> phone_number: those that should lead to us, 50 at most. $1 agent, or null for all
select n.phone_number from phone_numbers n join voice_agents v on v.phone_number_id = n.id
where n.status = 'assigned' and ($1::text is null or v.real_estate_agent_id = $1)
order by n.id limit 50
