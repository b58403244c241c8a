-- -> body, null while the setup is not finished; no row before the approval. $1 agent, $2 status, $3 trace
with mine as materialized (
    select id from voice_agents where real_estate_agent_id = $1
), done as (
    update voice_agents v set status = $2, updated_at = now()
    from mine where v.id = mine.id and v.status <> 'pending_setup' and v.phone_number_id is not null
    returning voice_agent_json(v) as body
), told as (
    insert into outbox (exchange, routing_key, type, tenant, trace, body)
    select 'va.evt', 'agent.changed', 'agent.changed', $1, $3, jsonb_build_object('real_estate_agent_id', $1)
    from done
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, detail)
    select 'agent', $1, 'voice_agent.toggle', 'voice_agent', mine.id, jsonb_build_object('status', $2::text)
    from mine, done
)
select (select body from done)::text as body from mine
