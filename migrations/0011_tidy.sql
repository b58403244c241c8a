-- migrate:up

-- Properties and contacts are deleted through these; without an index each deletion read all viewings.
create index viewings_property on viewings (property_id);
create index viewings_contact on viewings (contact_id) where contact_id is not null;

-- Nothing ever wrote it: every consumer's effect is idempotent by a key of its own.
drop table inbox;

-- migrate:down

create table inbox (
    consumer text not null,
    key      text not null,
    at       timestamptz not null default now(),
    primary key (consumer, key)
);
create index inbox_at on inbox (at);
grant select, insert, update, delete on inbox to va_dialer;
grant select, insert on inbox to va_pipeline, va_stats;

drop index viewings_contact, viewings_property;
