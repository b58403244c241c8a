-- The broker has confirmed them.
-- $1 ids as a JSON array
update outbox set sent_at = now(), lease_until = null
where id in (select jsonb_array_elements_text($1::jsonb))
