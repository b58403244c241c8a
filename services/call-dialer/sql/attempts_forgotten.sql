-- Queued attempts that no message will come for (the broker's disk was lost, or it lies in the dead letters):
-- each gets another one, and is then left alone for a while. Seldom wrong, and then harmless.
-- $1 seconds after which it is
with forgotten as (
    update dial_attempts set updated_at = now()
    where id in (select a.id from dial_attempts a
                 where a.state = 'queued' and a.updated_at < now() - make_interval(secs => $1::int)
                   and not exists (select from outbox o where o.sent_at is null and o.type = 'call.dial'
                                   and o.call_id = a.call_id)
                 order by a.updated_at limit 100 for update skip locked)
    returning id, call_id, real_estate_agent_id
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body)
select 'va.cmd', 'call.dial', 'call.dial', real_estate_agent_id, call_id,
       jsonb_build_object('call_id', call_id, 'attempt_id', id)
from forgotten
