-- Peaks that were made because somebody asked. $1 agent, $2 call, $3 peaks
update recordings set peaks = $3::json where real_estate_agent_id = $1 and call_id = $2 and state = 'ready'
