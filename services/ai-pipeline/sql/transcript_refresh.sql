-- The transcript, anew from the turns.
-- $1 call
update calls set transcript = call_transcript(id), updated_at = now() where id = $1
