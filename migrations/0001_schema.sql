-- migrate:up

-- The truth of the system. Ids are UUIDv7 as text (the brief's VARCHAR), times are timestamptz.
-- Rights and row security follow in 0003_rights.sql, flow functions in 0004_flows.sql.

create extension if not exists btree_gist;

create function uuid7() returns text language sql volatile parallel safe as $$
    select encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                    from 1 for 6),
            52, 1), 53, 1), 'hex')::uuid::text
$$;

-- Status lattice: a call only ever moves to a higher rank.
create function status_rank(status text) returns int language sql immutable parallel safe as $$
    select case status when 'queued' then 0 when 'initiated' then 0 when 'ringing' then 1
                       when 'in-progress' then 2 else 3 end
$$;

-- RFC 3339 UTC, as all JSON shows times.
create function iso(t timestamptz) returns text language sql stable parallel safe as $$
    select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- People ------------------------------------------------------------------------------------------

create table admins (
    id            text primary key default uuid7(),
    email         text not null check (email = lower(email)),
    name          text not null,
    password_hash text not null,
    disabled_at   timestamptz,
    created_at    timestamptz not null default now()
);
create unique index admins_email on admins (email);

create table real_estate_agents (
    id             text primary key default uuid7(),
    name           text not null,
    company_name   text not null default '',
    email          text not null check (email = lower(email)),
    phone          text,                              -- E.164, where transfers go
    country        text not null default 'US',        -- reads national numbers, chooses where to buy
    area_code      text,
    timezone       text not null default 'America/New_York',
    consent_policy text not null default 'attested' check (consent_policy in ('attested', 'written')),
    daily_calls    int not null default 10000 check (daily_calls >= 0), -- outgoing, in one of the agent's own days
    password_hash  text not null,
    deleted_at     timestamptz,                       -- soft: consent and dialing evidence stays
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now()
);
create unique index real_estate_agents_email on real_estate_agents (email);

create table sessions (
    token_hash   text primary key,                    -- hex sha256 of the 256-bit token
    account_kind text not null check (account_kind in ('agent', 'admin')),
    account_id   text not null,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null
);
create index sessions_account on sessions (account_id);
create index sessions_expiry on sessions (expires_at);

-- One token bucket per key ("login:account:<email>", "login:address:<ip>").
create table throttles (
    key    text primary key,
    tokens real not null,
    at     timestamptz not null default now()
);

-- Voice agents ------------------------------------------------------------------------------------

create table phone_numbers (
    id           text primary key default uuid7(),
    phone_number text not null unique,                -- E.164
    twilio_sid   text unique,
    country      text not null default 'US',
    status       text not null default 'available'
                 check (status in ('available', 'assigned', 'released')),
    wired_at     timestamptz,                         -- webhooks last set by us
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now()
);

create table voice_agent_requests (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    status               text not null default 'pending'
                         check (status in ('pending', 'approved', 'rejected')),
    requested_at         timestamptz default now(),
    reviewed_at          timestamptz,
    reviewed_by          text references admins (id),
    rejection_reason     text,
    created_at           timestamptz default now(),
    updated_at           timestamptz default now()
);
create unique index idx_voice_agent_request_agent on voice_agent_requests (real_estate_agent_id)
    where status = 'pending';
create index voice_agent_requests_by_agent on voice_agent_requests (real_estate_agent_id, id);

create table voice_agents (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null unique references real_estate_agents (id) on delete cascade,
    phone_number_id      text unique references phone_numbers (id) on delete set null,
    name                 text not null,
    system_prompt        text,
    use_default_prompt   boolean not null default true,
    status               text not null default 'pending_setup'
                         check (status in ('active', 'inactive', 'pending_setup')),
    settings             jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    -- never active half-set
    check (status <> 'active' or phone_number_id is not null)
);

create table provisioning_steps (
    id             bigint generated always as identity primary key,
    voice_agent_id text not null references voice_agents (id) on delete cascade,
    step           text not null check (step in ('number', 'webhooks', 'active')),
    state          text not null check (state in ('done', 'failed')),
    detail         text not null default '',
    at             timestamptz not null default now()
);
create index provisioning_steps_agent on provisioning_steps (voice_agent_id, id);

-- What an agent keeps -----------------------------------------------------------------------------

create table contacts (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    name                 text not null,
    phone_number         text not null,               -- E.164
    email                text,
    timezone             text,                        -- wins over what the number suggests
    notes                text not null default '',
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now()
);
create unique index contacts_number on contacts (real_estate_agent_id, phone_number);

create table properties (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    address              text not null,
    city                 text not null default '',
    type                 text not null default 'house',
    status               text not null default 'available',
    price                numeric(14, 2) not null check (price >= 0),
    currency             text not null default 'USD',
    bedrooms             int check (bedrooms >= 0),
    bathrooms            int check (bathrooms >= 0),
    area_sqm             int check (area_sqm >= 0),
    description          text not null default '',
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now()
);
create index properties_agent on properties (real_estate_agent_id, price);

-- Do-not-call and consent: append-only evidence. A suppression without an agent holds for all.
create table suppressions (
    id                   text primary key default uuid7(),
    real_estate_agent_id text references real_estate_agents (id),
    phone_number         text not null,
    source               text not null,               -- 'agent', 'caller', 'import', 'admin'
    reason               text not null default '',
    created_at           timestamptz not null default now(),
    lifted_at            timestamptz
);
create index suppressions_number on suppressions (phone_number);

create table consents (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null references real_estate_agents (id),
    phone_number         text not null,
    kind                 text not null check (kind in ('attested', 'written', 'refused')),
    source               text not null,               -- how we came to know: 'contact', 'import', 'dial', 'call'
    by_account           text,
    created_at           timestamptz not null default now()
);
create index consents_number on consents (real_estate_agent_id, phone_number, created_at);

-- Calls -------------------------------------------------------------------------------------------

create table batches (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    delay_seconds        int not null check (delay_seconds between 0 and 3600),
    total                int not null,
    state                text not null default 'running'
                         check (state in ('running', 'paused', 'cancelled', 'done')),
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now()
);
create index batches_agent on batches (real_estate_agent_id, id);

-- No index on status: one would cost every status update its HOT path, three times its price.
create table calls (
    id                   text primary key default uuid7(),
    voice_agent_id       text not null references voice_agents (id) on delete cascade,
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    twilio_call_sid      text unique,                 -- null until the provider has answered
    contact_id           text references contacts (id) on delete set null,
    from_number          text not null,
    to_number            text not null,
    status               text not null check (status in ('queued', 'initiated', 'ringing', 'in-progress',
                             'completed', 'failed', 'busy', 'no-answer', 'canceled')),
    direction            text not null check (direction in ('inbound', 'outbound')),
    duration_seconds     int not null default 0,
    recording_url        text,                        -- the provider's; people get our own signed link
    recording_sid        text,
    recording_seconds    int,
    transcript           text,
    answered_by          text,                        -- answering machine detection
    error_code           int,                         -- the provider's
    end_reason           text,                        -- ours: why it was refused, skipped or closed
    batch_id             text references batches (id) on delete set null,
    batch_position       int,
    started_at           timestamptz,
    answered_at          timestamptz,
    ended_at             timestamptz,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    check (twilio_call_sid is not null or status in ('queued', 'initiated', 'failed', 'canceled'))
) with (fillfactor = 80);
create index idx_calls_agent on calls (real_estate_agent_id, created_at desc, id desc);
create index idx_calls_voice_agent on calls (voice_agent_id);
create index idx_calls_created_at on calls (created_at);
create index calls_batch on calls (batch_id, batch_position) where batch_id is not null;
create index calls_contact on calls (contact_id) where contact_id is not null;

-- The calls that have not ended: a small table, so that calls needs no index on its status. The
-- reconciler asks the provider about a row whose check_at has passed.
create table live_calls (
    call_id              text primary key references calls (id) on delete cascade,
    real_estate_agent_id text not null,
    direction            text not null,
    far_number           text not null,               -- the other side's
    check_at             timestamptz not null
);
create unique index live_calls_one_dial on live_calls (real_estate_agent_id, far_number)
    where direction = 'outbound';
create index live_calls_check on live_calls (check_at);

create table call_turns (
    call_id              text not null references calls (id) on delete cascade,
    seq                  int not null,
    real_estate_agent_id text not null,
    role                 text not null check (role in ('caller', 'agent', 'tool')),
    text                 text not null,               -- what was said or generated
    heard                text,                        -- of the agent's words: what was surely played
    confidence           real,
    started_ms           int not null default 0,      -- since the call was answered
    ended_ms             int not null default 0,
    interrupted          boolean not null default false,
    latency              jsonb,                       -- parts in ms
    tool                 jsonb,
    created_at           timestamptz not null default now(),
    primary key (call_id, seq)
);

-- Everything the provider said, once. The key is the hash of the signed content.
create table call_events (
    id                   bigint generated always as identity primary key,
    dedupe_key           text not null unique,
    call_id              text,
    real_estate_agent_id text,
    call_sid             text not null,
    kind                 text not null,
    status               text,
    params               jsonb not null,
    received_at          timestamptz not null
);
create index call_events_call on call_events (call_id, id);

-- Fenced dial attempts: queued -> claimed -> posting -> bound | refused | unknown -> bound | absent.
create table dial_attempts (
    id                   text primary key default uuid7(),
    call_id              text not null references calls (id) on delete cascade,
    real_estate_agent_id text not null,
    from_number          text not null,
    to_number            text not null,
    state                text not null default 'queued' check (state in ('queued', 'claimed', 'posting',
                             'bound', 'refused', 'unknown', 'absent', 'canceled')),
    fence                bigint not null default 0,
    lease_until          timestamptz,
    posted_at            timestamptz,
    sid                  text unique,
    reason               text,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now()
);
create unique index dial_attempts_live on dial_attempts (call_id)
    where state in ('queued', 'claimed', 'posting', 'unknown');
create index dial_attempts_open on dial_attempts (state, updated_at)
    where state in ('claimed', 'posting', 'unknown');

-- The account's calls per second: the time of the next free slot.
create table dial_buckets (
    account text primary key,
    next_at timestamptz not null default now()
);

-- A row here stops dialing: 'global', or an agent's id.
create table dial_stops (
    who        text primary key,
    reason     text not null default '',
    by_account text,
    at         timestamptz not null default now()
);

create table viewings (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    property_id          text not null references properties (id) on delete cascade,
    call_id              text references calls (id) on delete set null,
    contact_id           text references contacts (id) on delete set null,
    visitor_name         text not null default '',
    visitor_number       text,
    starts_at            timestamptz not null,
    ends_at              timestamptz not null check (ends_at > starts_at),
    status               text not null default 'booked' check (status in ('booked', 'cancelled')),
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    constraint viewings_no_conflict exclude using gist
        (real_estate_agent_id with =, tstzrange(starts_at, ends_at) with &&) where (status = 'booked')
);
create index viewings_agent on viewings (real_estate_agent_id, starts_at);

-- Exactly recounted from calls, one row per agent and local day.
create table call_stats_daily (
    real_estate_agent_id   text not null references real_estate_agents (id) on delete cascade,
    day                    date not null,
    total_calls            int not null,
    completed_calls        int not null,
    failed_calls           int not null,
    inbound_calls          int not null,
    total_duration_seconds bigint not null,
    calls_by_status        jsonb not null,
    computed_at            timestamptz not null default now(),
    primary key (real_estate_agent_id, day)
);

-- Mechanisms --------------------------------------------------------------------------------------

create table outbox (
    id          text primary key default uuid7(),
    exchange    text not null,
    routing_key text not null,
    type        text not null,
    tenant      text,
    call_id     text,
    trace       text,
    body        jsonb not null,
    not_before  timestamptz not null default now(),
    lease_until timestamptz,
    sent_at     timestamptz,
    tries       int not null default 0
);
create index outbox_due on outbox (not_before) where sent_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;

create table inbox (
    consumer text not null,
    key      text not null,
    at       timestamptz not null default now(),
    primary key (consumer, key)
);
create index inbox_at on inbox (at);

create table idempotency_keys (
    account_id   text not null,
    key          text not null,
    request_hash text not null,                       -- of method, path and body
    status       int,                                 -- null while the first request is at work
    body         text,
    created_at   timestamptz not null default now(),
    primary key (account_id, key)
);
create index idempotency_keys_at on idempotency_keys (created_at);

create table audit_log (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    actor_kind  text not null,
    actor_id    text,
    action      text not null,                        -- 'recording.read', 'request.approve', ...
    object_kind text not null,
    object_id   text,
    outcome     text not null default 'ok',
    address     text,
    detail      jsonb
);
create index audit_log_object on audit_log (object_id, id);

-- migrate:down

drop table audit_log, idempotency_keys, inbox, outbox, call_stats_daily, viewings, dial_stops,
    dial_buckets, dial_attempts, call_events, call_turns, live_calls, calls, batches, consents,
    suppressions, properties, contacts, provisioning_steps, voice_agents, voice_agent_requests,
    phone_numbers, throttles, sessions, real_estate_agents, admins;
drop function iso, status_rank, uuid7;
