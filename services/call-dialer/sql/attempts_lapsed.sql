-- Attempts whose dialer died between claim and post: nothing was sent, so they go back to the queue.
with lapsed as (
    update dial_attempts set state = 'queued', fence = fence + 1, lease_until = null, updated_at = now()
    where id in (select id from dial_attempts where state = 'claimed' and lease_until < now()
                 limit 100 for update skip locked)
    returning id, call_id, real_estate_agent_id
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body)
select 'va.cmd', 'call.dial', 'call.dial', real_estate_agent_id, call_id,
       jsonb_build_object('call_id', call_id, 'attempt_id', id)
from lapsed
