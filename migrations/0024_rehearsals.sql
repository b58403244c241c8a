-- migrate:up

-- What a conversation needs to know of a voice agent, whoever it talks with.
create function agent_config(p_voice_agent text) returns jsonb language sql stable as $$
    select jsonb_build_object(
               'voice_agent', v.name, 'use_default_prompt', v.use_default_prompt, 'system_prompt', v.system_prompt,
               'settings', v.settings, 'agent_name', a.name, 'company_name', a.company_name, 'transfer_to', a.phone,
               'utc_offset_s',
               extract(epoch from (now() at time zone a.timezone) - (now() at time zone 'UTC'))::int,
               'hints', (select string_agg(distinct address, ',') from (select address from properties p
                         where p.real_estate_agent_id = a.id order by p.id limit 40) h))
    from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
    where v.id = p_voice_agent
$$;

-- migrate:down

drop function agent_config;
