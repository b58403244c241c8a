-- migrate:up

-- What admins see of the system's own state: how old the outbox is, and which migrations there are.
grant select (not_before, sent_at) on outbox to va_admin;
grant select on schema_migrations to va_admin;

-- migrate:down

revoke select (not_before, sent_at) on outbox from va_admin;
revoke select on schema_migrations from va_admin;
