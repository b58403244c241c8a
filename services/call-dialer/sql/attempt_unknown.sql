-- The request may or may not have been accepted. Nothing sends it again; a callback or the
-- reconciler finds out.
-- $1 attempt, $2 when it had arrived at the latest (microseconds of our clock), or null
update dial_attempts set state = 'unknown', arrived_at = to_timestamp($2::float8 / 1e6), updated_at = now()
where id = $1 and state = 'posting'
