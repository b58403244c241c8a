-- migrate:up

-- Whatever statement or trigger writes a message, it belongs to the trace of who asked: db_enter_scope says which, when
-- traces are exported.
alter table outbox alter column trace set default nullif(current_setting('app.trace', true), '');

-- migrate:down
alter table outbox alter column trace drop default;
