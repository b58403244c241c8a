-- A step failed: note why, and try again in $4 seconds.
-- $1 voice agent, $2 step, $3 why, $4 seconds
with noted as (
    insert into provisioning_steps (voice_agent_id, step, state, detail) values ($1, $2, 'failed', $3)
)
insert into outbox (exchange, routing_key, type, tenant, body, not_before)
select 'va.cmd', 'number.provision', 'number.provision', real_estate_agent_id,
       jsonb_build_object('voice_agent_id', id), now() + make_interval(secs => $4::int)
from voice_agents where id = $1 and status = 'pending_setup'
