-- A number of the pool turns out not to be our account's: out of the pool, and the setup takes another.
-- $1 voice agent, $2 number id
with away as (
    update voice_agents set phone_number_id = null, updated_at = now()
    where id = $1 and phone_number_id = $2 and status = 'pending_setup'
    returning id
)
update phone_numbers n set status = 'released', wired_at = null, updated_at = now() from away where n.id = $2
