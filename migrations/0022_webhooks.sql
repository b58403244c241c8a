-- migrate:up

-- Events out: what happens to an agent is posted to systems of the agent's own, signed, again until it is
-- taken or given up. The secret is not kept here: the gateway derives it (api-gateway/webhook_secret.c).
create table webhooks (
    id                   text primary key default uuid7(),
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    url                  text not null,
    events               text[] not null,
    secret_no            int not null default 1,
    secret_at            timestamptz not null default now(), -- the one before is good for a day more
    active               boolean not null default true,
    reason               text,                               -- why not active: 'paused', 'gone' (the peer said 410)
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now()
);
create index webhooks_agent on webhooks (real_estate_agent_id, id);

create table webhook_deliveries (
    id                   text primary key default uuid7(),
    webhook_id           text not null references webhooks (id) on delete cascade,
    real_estate_agent_id text not null,
    event                text not null,
    object_id            text,                        -- a call, a viewing, a suppression
    state                text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
    tries                int not null default 0,
    status               int,                         -- the last answer's
    error                text,                        -- or why there was none
    ms                   int,                         -- the last try took
    next_at              timestamptz default now(),
    created_at           timestamptz not null default now(),
    ended_at             timestamptz
);
create index webhook_deliveries_list on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_dead on webhook_deliveries (webhook_id) where state = 'dead';
create index webhook_deliveries_age on webhook_deliveries (created_at);

-- Something happened to these agents' objects: a delivery, and its job, for each webhook that wants it.
create function webhooks_tell(p_agents text[], p_events text[], p_objects text[]) returns void
language sql volatile as $$
    with told as (
        insert into webhook_deliveries (webhook_id, real_estate_agent_id, event, object_id)
        select w.id, w.real_estate_agent_id, e.event, e.object
        from unnest(p_agents, p_events, p_objects) e (agent, event, object)
        join webhooks w on w.real_estate_agent_id = e.agent and w.active and e.event = any (w.events)
        returning id, real_estate_agent_id
    )
    insert into outbox (exchange, routing_key, type, tenant, body)
    select 'va.cmd', 'webhook.deliver', 'webhook.deliver', real_estate_agent_id,
           jsonb_build_object('delivery_id', id, 'try', 0) from told
$$;

create function calls_webhooks() returns trigger language plpgsql as $$
begin
    perform webhooks_tell(array_agg(n.real_estate_agent_id), array_agg('call.ended'::text), array_agg(n.id))
    from new_calls n join old_calls o using (id)
    where status_rank(n.status) = 3 and status_rank(o.status) < 3
    having count(*) > 0;
    return null;
end $$;
create trigger calls_webhooks after update on calls referencing old table as old_calls new table as new_calls
    for each statement execute function calls_webhooks();

create function call_results_webhooks() returns trigger language plpgsql as $$
begin
    perform webhooks_tell(array_agg(n.real_estate_agent_id), array_agg('call.summary'::text), array_agg(n.call_id))
    from new_results n join old_results o using (call_id)
    where n.summarized = 'done' and o.summarized <> 'done'
    having count(*) > 0;
    return null;
end $$;
create trigger call_results_webhooks after update on call_results
    referencing old table as old_results new table as new_results
    for each statement execute function call_results_webhooks();

create function viewings_webhooks() returns trigger language plpgsql as $$
begin
    perform webhooks_tell(array_agg(real_estate_agent_id), array_agg('viewing.booked'::text), array_agg(id)) from booked
    where status = 'booked' having count(*) > 0;
    return null;
end $$;
create trigger viewings_webhooks after insert on viewings referencing new table as booked
    for each statement execute function viewings_webhooks();

create function suppressions_webhooks() returns trigger language plpgsql as $$
begin
    perform webhooks_tell(array_agg(real_estate_agent_id), array_agg('contact.opted_out'::text), array_agg(id)) from refused
    where source = 'caller' having count(*) > 0;
    return null;
end $$;
create trigger suppressions_webhooks after insert on suppressions referencing new table as refused
    for each statement execute function suppressions_webhooks();

-- As the API shows them.
create function webhook_json(w webhooks, secret text) returns jsonb language sql stable as $$
    select jsonb_strip_nulls(jsonb_build_object('secret', secret)) || jsonb_build_object(
        'id', w.id, 'url', w.url, 'events', w.events, 'active', w.active, 'reason', w.reason,
        'waiting', (select count(*) from webhook_deliveries d where d.webhook_id = w.id and d.state = 'waiting'),
        'dead', (select count(*) from webhook_deliveries d where d.webhook_id = w.id and d.state = 'dead'),
        'created_at', iso(w.created_at), 'updated_at', iso(w.updated_at))
$$;

create function webhook_delivery_json(d webhook_deliveries) returns json language sql stable as $$
    select json_build_object('id', d.id, 'event', d.event, 'object_id', d.object_id, 'state', d.state,
        'tries', d.tries, 'status', d.status, 'error', d.error, 'ms', d.ms,
        'next_at', case when d.state = 'waiting' then iso(d.next_at) end,
        'created_at', iso(d.created_at), 'ended_at', iso(d.ended_at))
$$;

-- What is posted: how the object is at that moment; its data are null when it is no more.
create function webhook_payload(d webhook_deliveries) returns json language sql stable as $$
    select json_build_object('id', d.id, 'type', d.event, 'timestamp', iso(d.created_at), 'data', case
        when d.event = 'call.ended' then
            (select call_json(c, null) from calls c
             where c.id = d.object_id and c.real_estate_agent_id = d.real_estate_agent_id)
        when d.event = 'call.summary' then
            (select json_build_object('call', call_json(c, null), 'summary', r.summary, 'outcome', r.outcome,
                                      'fields', r.fields)
             from call_results r join calls c on c.id = r.call_id
             where r.call_id = d.object_id and r.real_estate_agent_id = d.real_estate_agent_id)
        when d.event = 'viewing.booked' then
            (select viewing_json(v) from viewings v
             where v.id = d.object_id and v.real_estate_agent_id = d.real_estate_agent_id)
        when d.event = 'contact.opted_out' then
            (select suppression_json(s) from suppressions s
             where s.id = d.object_id and s.real_estate_agent_id = d.real_estate_agent_id)
        end)
$$;

do $$
declare t text;
begin
    foreach t in array array['webhooks', 'webhook_deliveries'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to va_agent using (real_estate_agent_id = app_tenant())
                        with check (real_estate_agent_id = app_tenant())', t);
        execute format('create policy others on %I to va_dialer, va_pipeline using (true) with check (true)', t);
    end loop;
end $$;
grant select, insert, update, delete on webhooks to va_agent;
grant select, insert, update on webhook_deliveries to va_agent;
grant select (id, real_estate_agent_id, events, active) on webhooks to va_dialer, va_pipeline;
grant insert, select on webhook_deliveries to va_dialer, va_pipeline;
grant delete on webhook_deliveries to va_dialer; -- housekeeping

-- migrate:down

drop function webhook_payload, webhook_delivery_json, webhook_json;
drop trigger suppressions_webhooks on suppressions;
drop trigger viewings_webhooks on viewings;
drop trigger call_results_webhooks on call_results;
drop trigger calls_webhooks on calls;
drop function suppressions_webhooks, viewings_webhooks, call_results_webhooks, calls_webhooks, webhooks_tell;
drop table webhook_deliveries, webhooks;
