-- -> body. $1 agent, $2 webhook
select webhook_json(w, null)::text as body from webhooks w where real_estate_agent_id = $1 and id = $2
