-- Numbers whose purchase has no known outcome, and whose setup will not ask about it any more.
-- $1 seconds that a purchase may take
select n.phone_number from phone_numbers n
where n.status = 'buying' and n.updated_at < now() - make_interval(secs => $1::int)
  and not exists (select from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
                  where v.id = n.wanted_by and v.status = 'pending_setup' and v.setup_failed_at is null
                    and a.deleted_at is null)
limit 20
