-- The setup is undone: its number, which leads nowhere now, goes back to the pool.
-- $1 voice agent, $2 number id
with away as (
    update voice_agents
    set phone_number_id = null, setup_tries = 0, setup_next_at = null, setup_failed_at = null, updated_at = now()
    where id = $1 and phone_number_id = $2 and status = 'pending_setup'
    returning id
), back as (
    update phone_numbers n set status = 'available', wired_at = null, updated_at = now() from away where n.id = $2
    returning n.phone_number
)
insert into provisioning_steps (voice_agent_id, step, state, detail)
select $1, 'number', 'undone', phone_number || ' back to the pool: the agent is disabled' from back
