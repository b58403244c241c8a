-- -> how the agent's voice agent speaks: greeting, language, gender, speed, and who it is. $1 agent
select v.settings ->> 'greeting_message' as greeting, coalesce(v.settings ->> 'language', 'en-US') as language,
       coalesce(v.settings ->> 'voice_gender', 'female') as gender, coalesce(v.settings ->> 'voice_speed', 'normal') as speed,
       v.name as voice_agent, a.name as agent, coalesce(nullif(a.company_name, ''), a.name) as company
from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
where v.real_estate_agent_id = $1
