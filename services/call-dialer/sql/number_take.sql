-- Give the voice agent a free number of the pool, of the agent's country and if possible its area.
-- $1 voice agent
with pick as (
    select n.id from phone_numbers n, voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
    where v.id = $1 and n.status = 'available' and n.country = a.country
    order by (n.phone_number like '+1' || a.area_code || '%') desc nulls last, n.created_at
    limit 1 for update of n skip locked
), taken as (
    update phone_numbers n set status = 'assigned', updated_at = now() from pick where n.id = pick.id
    returning n.id, n.phone_number
), given as (
    update voice_agents v set phone_number_id = taken.id, updated_at = now()
    from taken where v.id = $1 and v.phone_number_id is null
), noted as (
    insert into provisioning_steps (voice_agent_id, step, state, detail)
    select $1, 'number', 'done', phone_number || ' from the pool' from taken
)
select id, phone_number from taken
