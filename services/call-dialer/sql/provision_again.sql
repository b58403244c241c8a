-- A step failed: note why, and try again after a while, twice as long each time up to 10 minutes, unless it
-- was the last try: then it stays failed until an admin asks for a retry.
-- $1 voice agent, $2 step, $3 why, $4 seconds before the second try, $5 how many tries
with tried as (
    update voice_agents
    set setup_tries = setup_tries + 1,
        setup_failed_at = case when setup_tries + 1 >= $5::int then now() end,
        setup_next_at = case when setup_tries + 1 < $5::int then
            now() + make_interval(secs => least(600, $4::int * 2.0 ^ setup_tries) * (1 - random() / 2)) end
    where id = $1 and status = 'pending_setup' and setup_failed_at is null
    returning id, real_estate_agent_id, setup_tries, setup_next_at
), noted as (
    insert into provisioning_steps (voice_agent_id, step, state, detail)
    select id, $2, 'failed', $3 || case when setup_next_at is null then '; given up after ' || setup_tries || ' tries'
                                        else '' end from tried
), told as (
    insert into outbox (exchange, routing_key, type, tenant, body)
    select 'va.evt', 'agent.changed', 'agent.changed', real_estate_agent_id,
           jsonb_build_object('real_estate_agent_id', real_estate_agent_id) from tried where setup_next_at is null
)
insert into outbox (exchange, routing_key, type, tenant, body, not_before)
select 'va.cmd', 'number.provision', 'number.provision', real_estate_agent_id,
       jsonb_build_object('voice_agent_id', id), setup_next_at
from tried
where setup_next_at is not null and not exists ( -- one chain of tries is enough
    select from outbox o where o.type = 'number.provision' and o.sent_at is null and o.not_before > now()
    and o.body ->> 'voice_agent_id' = tried.id)
