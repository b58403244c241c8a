-- Wired numbers that nobody has asked the provider about for $1 seconds; each is then left alone as long.
update phone_numbers set checked_at = now()
where id in (select n.id from phone_numbers n join voice_agents v on v.phone_number_id = n.id
             where n.status = 'assigned' and n.wired_at is not null and n.twilio_sid is not null
               and v.status <> 'pending_setup'
               and coalesce(n.checked_at, n.wired_at) < now() - make_interval(secs => $1::int)
             order by coalesce(n.checked_at, n.wired_at) limit 100 for update of n skip locked)
returning phone_number, twilio_sid
