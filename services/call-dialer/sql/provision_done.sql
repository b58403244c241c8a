-- -> id: everything is set, the voice agent answers from now on. No row: something was changed meanwhile.
-- $1 voice agent
with live as (
    update voice_agents v
    set status = 'active', setup_tries = 0, setup_next_at = null, setup_failed_at = null, updated_at = now()
    from phone_numbers n, real_estate_agents a
    where v.id = $1 and v.status = 'pending_setup' and n.id = v.phone_number_id and n.wired_at is not null
      and a.id = v.real_estate_agent_id and a.deleted_at is null
    returning v.id, v.real_estate_agent_id
), noted as (
    insert into provisioning_steps (voice_agent_id, step, state) select id, 'active', 'done' from live
), told as (
    insert into outbox (exchange, routing_key, type, tenant, body)
    select 'va.evt', 'agent.changed', 'agent.changed', real_estate_agent_id,
           jsonb_build_object('real_estate_agent_id', real_estate_agent_id) from live
)
select id from live
