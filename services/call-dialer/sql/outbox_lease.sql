-- Take a batch of due messages for 30 s. Rows another relay holds are skipped; a relay that dies
-- leaves its rows to the next one, so a message may go out twice, never not at all.
-- $1 at most so many
update outbox o set lease_until = now() + interval '30 seconds', tries = tries + 1
where id in (select id from outbox
             where sent_at is null and not_before <= now() and (lease_until is null or lease_until < now())
             order by not_before limit $1::int for update skip locked)
returning id, exchange, routing_key, type, tenant, call_id, trace, body::text as body
