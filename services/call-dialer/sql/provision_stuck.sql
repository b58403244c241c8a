-- Setups nobody works on, and those to be undone: a message was lost with the broker's disk, or dead-lettered.
insert into outbox (exchange, routing_key, type, tenant, body)
select 'va.cmd', 'number.provision', 'number.provision', v.real_estate_agent_id,
       jsonb_build_object('voice_agent_id', v.id)
from voice_agents v join real_estate_agents a on a.id = v.real_estate_agent_id
where v.status = 'pending_setup' and v.updated_at < now() - interval '5 minutes'
  and case when a.deleted_at is null then v.setup_failed_at is null else v.phone_number_id is not null end
  and not exists (select from outbox o where o.type = 'number.provision' and o.sent_at is null
                  and o.body ->> 'voice_agent_id' = v.id)
  and not exists (select from provisioning_steps s where s.voice_agent_id = v.id
                  and s.at > now() - interval '5 minutes')
