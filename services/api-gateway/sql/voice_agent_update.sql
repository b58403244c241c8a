-- -> body, or body null when a custom prompt is asked for and there is none; no row before the approval.
-- $1 agent, $2 the checked request body: what is absent stays, settings are merged key by key. $3 trace
with wish as (
    select $2::jsonb as b
), next as materialized (
    select v.id,
           coalesce(b ->> 'name', v.name) as name,
           case when b ? 'system_prompt' then nullif(btrim(b ->> 'system_prompt'), '') else v.system_prompt end as prompt,
           coalesce((b ->> 'use_default_prompt')::boolean, v.use_default_prompt) as use_default,
           v.settings || coalesce(b -> 'settings', '{}') as settings
    from voice_agents v, wish where v.real_estate_agent_id = $1
), done as (
    update voice_agents v
    set name = n.name, system_prompt = n.prompt, use_default_prompt = n.use_default, settings = n.settings,
        updated_at = now()
    from next n where v.id = n.id and (n.use_default or n.prompt is not null)
    returning voice_agent_json(v) as body
), told as (
    insert into outbox (exchange, routing_key, type, tenant, trace, body)
    select 'va.evt', 'agent.changed', 'agent.changed', $1, $3, jsonb_build_object('real_estate_agent_id', $1)
    from done
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id)
    select 'agent', $1, 'voice_agent.update', 'voice_agent', n.id from next n, done
)
select (select body from done)::text as body from next
