-- The request may or may not have been accepted. Nothing sends it again; a callback or the
-- reconciler finds out.
-- $1 attempt
update dial_attempts set state = 'unknown', updated_at = now() where id = $1 and state = 'posting'
