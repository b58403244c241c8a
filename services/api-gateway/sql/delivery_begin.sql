-- -> what to post where, and how to sign it; no row: it has been delivered, given up, or tried as often already,
-- or its webhook rests. $1 agent, $2 delivery, $3 tries so far
select w.url, w.id as webhook, w.secret_no, w.secret_no > 1 and w.secret_at > now() - interval '1 day' as rotated,
       webhook_payload(d)::text as payload
from webhook_deliveries d join webhooks w on w.id = d.webhook_id
where d.real_estate_agent_id = $1 and d.id = $2 and d.state = 'waiting' and d.tries = $3::int and w.active
