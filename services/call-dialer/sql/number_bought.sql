-- A wanted number is ours: the voice agent's while its setup waits for one, else the pool's.
-- $1 voice agent or null, $2 number, $3 the provider's SID
with wanted as materialized (
    select id from phone_numbers where phone_number = $2 and status = 'buying' for update
), setup as materialized (
    select v.id from voice_agents v, wanted
    where v.id = $1 and v.status = 'pending_setup' and v.phone_number_id is null for update of v
), bought as (
    update phone_numbers n
    set status = case when exists (select from setup) then 'assigned' else 'available' end,
        twilio_sid = $3, wanted_by = null, wired_at = null, updated_at = now()
    from wanted where n.id = wanted.id
    returning n.id
), given as (
    update voice_agents v set phone_number_id = bought.id, updated_at = now() from bought, setup where v.id = setup.id
    returning v.id
)
insert into provisioning_steps (voice_agent_id, step, state, detail) select id, 'number', 'done', $2 || ' bought' from given
