-- migrate:up

-- Stored answers are their account's, like all else: the second wall stands here too.
alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy tenant on idempotency_keys to va_agent using (account_id = app_tenant()) with check (account_id = app_tenant());
create policy others on idempotency_keys to va_admin, va_dialer using (true) with check (true);

-- What the gateway itself never asks for: both belong to agents' and admins' requests.
revoke select on calls from va_gateway;
revoke select, insert, update on idempotency_keys from va_gateway;

-- migrate:down

grant select, insert, update on idempotency_keys to va_gateway;
grant select on calls to va_gateway;

drop policy tenant on idempotency_keys;
drop policy others on idempotency_keys;
alter table idempotency_keys no force row level security;
alter table idempotency_keys disable row level security;
