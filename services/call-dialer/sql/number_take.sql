-- Give the voice agent a free number of the pool, of the agent's country and if possible its area. No row:
-- the pool has none, or there is one already, or the setup is over.
-- $1 voice agent
with setup as materialized (
    select v.id, v.real_estate_agent_id from voice_agents v
    where v.id = $1 and v.status = 'pending_setup' and v.phone_number_id is null for update
), pick as (
    select n.id from phone_numbers n, setup s join real_estate_agents a on a.id = s.real_estate_agent_id
    where n.status = 'available' and n.country = a.country and a.deleted_at is null
    order by (n.phone_number like '+1' || a.area_code || '%') desc nulls last, n.created_at
    limit 1 for update of n skip locked
), taken as (
    update phone_numbers n set status = 'assigned', wired_at = null, updated_at = now() from pick where n.id = pick.id
    returning n.id, n.phone_number
), given as (
    update voice_agents v set phone_number_id = taken.id, updated_at = now() from taken, setup where v.id = setup.id
), noted as (
    insert into provisioning_steps (voice_agent_id, step, state, detail)
    select $1, 'number', 'done', phone_number || ' from the pool' from taken
)
select id from taken
