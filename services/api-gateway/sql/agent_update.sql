-- -> id; no row when there is no such agent. Disabling ends all sessions and undoes a setup that is under
-- way; enabling takes it up again. What is null stays.
-- $1 agent, $2 name, $3 company, $4 disabled, $5 admin, $6 address, $7 trace
with before as materialized (
    select id, deleted_at is not null as disabled from real_estate_agents where id = $1 for update
), done as (
    update real_estate_agents a
    set name = coalesce($2, a.name), company_name = coalesce($3, a.company_name), updated_at = now(),
        deleted_at = case $4::boolean when true then coalesce(a.deleted_at, now()) when false then null
                     else a.deleted_at end
    from before b where a.id = b.id
    returning a.id
), switched as materialized (
    select id, $4::boolean as off from before where disabled <> $4::boolean
), ended as (
    delete from sessions s using switched w where w.off and s.account_kind = 'agent' and s.account_id = w.id
), again as (
    update voice_agents v set setup_tries = 0, setup_next_at = null, setup_failed_at = null
    from switched w where v.real_estate_agent_id = w.id and v.status = 'pending_setup'
    returning v.id, v.real_estate_agent_id
), asked as (
    insert into outbox (exchange, routing_key, type, tenant, trace, body)
    select 'va.cmd', 'number.provision', 'number.provision', real_estate_agent_id, $7,
           jsonb_build_object('voice_agent_id', id) from again
), told as (
    insert into outbox (exchange, routing_key, type, tenant, trace, body)
    select 'va.evt', 'agent.changed', 'agent.changed', id, $7, jsonb_build_object('real_estate_agent_id', id)
    from done
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'admin', $5, 'agent.update', 'account', id, $6 from done where $2::text is not null or $3::text is not null
    union all
    select 'admin', $5, case when off then 'agent.disable' else 'agent.enable' end, 'account', id, $6 from switched
)
select id from done
