-- Everything is set: the voice agent answers from now on.
-- $1 voice agent
with live as (
    update voice_agents set status = 'active', updated_at = now()
    where id = $1 and status = 'pending_setup' and phone_number_id is not null
    returning id, real_estate_agent_id
), noted as (
    insert into provisioning_steps (voice_agent_id, step, state) select id, 'active', 'done' from live
)
insert into outbox (exchange, routing_key, type, tenant, body)
select 'va.evt', 'agent.changed', 'agent.changed', real_estate_agent_id,
       jsonb_build_object('real_estate_agent_id', real_estate_agent_id) from live
