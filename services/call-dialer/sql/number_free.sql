-- An orphaned number, which leads nowhere now, goes back to the pool. $1 number id
update phone_numbers n set status = 'available', wired_at = null, updated_at = now()
where id = $1 and status = 'assigned' and not exists (select from voice_agents v where v.phone_number_id = n.id)
