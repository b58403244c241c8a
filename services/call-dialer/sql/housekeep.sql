-- Drop what has served its time. Kept longer than any message can come back from the dead queue.
with sent as (delete from outbox where sent_at < now() - interval '7 days'),
     over as (delete from sessions where expires_at < now()),
     posted as (delete from webhook_deliveries where created_at < now() - interval '30 days'),
     imported as ( -- their ids tell their time
         delete from contact_imports where import_id < (select substr(h, 1, 8) || '-' || substr(h, 9)
             from lpad(to_hex((extract(epoch from now() - interval '30 days') * 1000)::bigint), 12, '0') h)),
     full_again as (delete from throttles where at < now() - interval '1 day')
delete from idempotency_keys where created_at < now() - interval '2 days'
