-- Twilio no longer has it.
-- $1 call
update recordings set at_provider = false, updated_at = now() where call_id = $1
