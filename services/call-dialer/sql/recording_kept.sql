-- It lies in our store, whole. No row: it was deleted meanwhile.
-- $1 call, $2 name, $3 bytes, $4 SHA-256, $5 peaks or null
update recordings set store_name = $2, bytes = $3::bigint, sha256 = $4, peaks = coalesce($5::json, peaks), updated_at = now()
where call_id = $1 and state = 'ready'
returning call_id
