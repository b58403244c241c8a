-- -> body. $1 agent
select json_build_object('items', coalesce(json_agg(webhook_json(w, null) order by w.id), '[]'))::text as body
from webhooks w where real_estate_agent_id = $1
