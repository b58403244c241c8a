-- How the try ended. What failed is due again, each time after longer, or given up; who says that there is
-- nothing (410) is not asked again for anything.
-- $1 agent, $2 delivery, $3 tries before, $4 outcome (delivered, failed, gone), $5 status or null, $6 error or null,
-- $7 ms, $8 seconds before the first repetition, $9 most tries
with done as (
    update webhook_deliveries d
    set tries = tries + 1, status = $5::int, error = $6, ms = $7::int,
        state = case when $4 = 'failed' and tries + 1 < $9::int then 'waiting'
                     when $4 = 'delivered' then 'delivered' else 'dead' end,
        next_at = now() + make_interval(secs => least($8::float8 * 2 ^ tries, 21600) * (0.5 + random() / 2)),
        ended_at = case when $4 = 'failed' and tries + 1 < $9::int then null else now() end
    where real_estate_agent_id = $1 and id = $2 and state = 'waiting' and tries = $3::int
    returning id, webhook_id, state, tries, next_at
), off as (
    update webhooks w set active = false, reason = 'gone', updated_at = now()
    from done where w.id = done.webhook_id and $4 = 'gone'
)
insert into outbox (exchange, routing_key, type, tenant, body, not_before)
select 'va.cmd', 'webhook.deliver', 'webhook.deliver', $1, jsonb_build_object('delivery_id', id, 'try', tries), next_at
from done where state = 'waiting'
