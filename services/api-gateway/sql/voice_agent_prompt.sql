-- -> what the instructions of the model are made of; no row before the approval.
-- $1 agent, $2 a template: the default instructions with it; null: those that hold
select v.name as voice_agent, a.name as agent, coalesce(nullif(a.company_name, ''), a.name) as company,
       case when $2::text is null and not v.use_default_prompt then v.system_prompt end as custom,
       coalesce($2, v.settings ->> 'prompt_template', 'professional') as template,
       coalesce(v.settings ->> 'language', 'en-US') as language,
       (select string_agg(c, E'\n') from jsonb_array_elements_text(v.settings -> 'custom_commands') c
        where position('=>' in c) = 0) as commands,
       extract(epoch from (now() at time zone a.timezone) - (now() at time zone 'UTC'))::int as utc_offset_s,
       a.phone is not null as can_transfer
from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
where v.real_estate_agent_id = $1
