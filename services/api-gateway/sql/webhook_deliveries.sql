-- -> body, the newest first; no row when there is no such webhook. $1 agent, $2 webhook, $3 page, $4 page size,
-- $5 state or null
with hook as (
    select id from webhooks where real_estate_agent_id = $1 and id = $2
), matching as (
    select d as delivery, d.id from webhook_deliveries d, hook
    where d.webhook_id = hook.id and d.real_estate_agent_id = $1 and ($5::text is null or d.state = $5)
), page as materialized (
    select * from matching order by id desc limit $4::int offset ($3::bigint - 1) * $4::int
)
select json_build_object(
    'items', coalesce((select json_agg(webhook_delivery_json(delivery) order by id desc) from page), '[]'),
    'total', (select count(*) from matching), 'page', $3::bigint, 'page_size', $4::int)::text as body
from hook
