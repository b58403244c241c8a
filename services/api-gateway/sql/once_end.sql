-- $1 account, $2 key, $3 status, $4 body
update idempotency_keys set status = $3::int, body = $4 where account_id = $1 and key = $2
