-- -> replayed: how many are sent again from the start; no row when there is no such webhook. $1 agent, $2 webhook,
-- $3 delivery, or null: all that were given up
with hook as (
    select id from webhooks where real_estate_agent_id = $1 and id = $2
), again as (
    update webhook_deliveries d set state = 'waiting', tries = 0, next_at = now(), ended_at = null
    from hook
    where d.webhook_id = hook.id and d.real_estate_agent_id = $1
        and case when $3::text is null then d.state = 'dead' else d.id = $3 and d.state <> 'waiting' end
    returning d.id
), jobs as (
    insert into outbox (exchange, routing_key, type, tenant, body)
    select 'va.cmd', 'webhook.deliver', 'webhook.deliver', $1, jsonb_build_object('delivery_id', id, 'try', 0) from again
)
select (select count(*) from again) as replayed,
       $3::text is null or exists (select from webhook_deliveries d, hook
                                   where d.id = $3 and d.webhook_id = hook.id) as known
from hook
