-- migrate:up

-- Least rights. Each service SETs its own role at connect; a gateway request runs as va_agent (with
-- app.tenant set, behind row security) or as va_admin (which has no column right on recordings,
-- transcripts or callers' numbers). The ingestor has no role: it never talks to the database.

do $$
declare r text;
begin
    foreach r in array array['va_gateway', 'va_agent', 'va_admin', 'va_dialer', 'va_pipeline', 'va_stats'] loop
        begin
            execute format('create role %I nologin', r);
        exception when duplicate_object or unique_violation then null; -- roles belong to the cluster
        end;
    end loop;
    -- the login role of the services may become any of them
    execute format('grant va_gateway, va_dialer, va_pipeline, va_stats to %I', current_user);
end $$;
grant va_agent, va_admin to va_gateway;

-- The tenant of the current request; null when none is set, so that policies fail closed.
create function app_tenant() returns text language sql stable parallel safe as $$
    select nullif(current_setting('app.tenant', true), '')
$$;

-- Row security, forced on every table that belongs to a tenant.
do $$
declare
    t text;
    owns text;
    tenant_tables text[] := array['voice_agent_requests', 'voice_agents', 'contacts', 'properties',
        'consents', 'batches', 'calls', 'live_calls', 'call_turns', 'call_events', 'dial_attempts',
        'viewings', 'call_stats_daily', 'suppressions', 'provisioning_steps', 'outbox',
        'real_estate_agents'];
begin
    foreach t in array tenant_tables loop
        owns := case t
            when 'real_estate_agents' then 'id = app_tenant()'
            when 'provisioning_steps' then 'exists (select from voice_agents v where v.id = voice_agent_id
                                                    and v.real_estate_agent_id = app_tenant())'
            when 'outbox' then 'tenant = app_tenant()'
            else 'real_estate_agent_id = app_tenant()' end;
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to va_agent using (%s) with check (%s)', t, owns, owns);
        execute format('create policy others on %I to va_admin, va_gateway, va_dialer, va_pipeline, va_stats
                        using (true) with check (true)', t);
    end loop;
end $$;
create policy everyone_is_bound on suppressions for select to va_agent using (real_estate_agent_id is null);

-- Accounts and sessions, before anybody is known.
grant select, insert, update on admins, real_estate_agents to va_gateway;
grant select, insert, update, delete on sessions, throttles to va_gateway;
grant insert, select on audit_log to va_gateway;
grant select, insert, update on idempotency_keys to va_gateway;
grant select on calls to va_gateway; -- a signed recording link names its tenant itself

-- An agent's requests.
grant select (id, name, company_name, email, phone, country, area_code, timezone, consent_policy, daily_calls, deleted_at, created_at)
    on real_estate_agents to va_agent;
grant select, insert on voice_agent_requests to va_agent;
grant select on voice_agents, provisioning_steps to va_agent;
grant update (name, system_prompt, use_default_prompt, status, settings, updated_at) on voice_agents to va_agent;
grant select (id, phone_number, status) on phone_numbers to va_agent;
grant select, insert, update, delete on contacts, properties to va_agent;
grant select, insert, update on suppressions, batches, calls, dial_attempts, viewings to va_agent;
grant select, insert on consents, outbox to va_agent;
grant select, insert, delete on live_calls to va_agent;
grant select on call_turns, call_events, call_stats_daily, dial_stops to va_agent;
grant insert on audit_log to va_agent;
grant select, insert, update on idempotency_keys to va_agent;

-- An admin's requests.
grant select (id, name, company_name, email, country, area_code, timezone, consent_policy, daily_calls, deleted_at,
              created_at, updated_at) on real_estate_agents to va_admin;
grant insert (id, name, company_name, email, phone, country, area_code, timezone, password_hash),
      update (name, company_name, daily_calls, deleted_at, updated_at) on real_estate_agents to va_admin;
grant select (id, email, name) on admins to va_admin;
grant select, update on voice_agent_requests to va_admin;
grant select, insert on voice_agents to va_admin;
grant select, insert, update on phone_numbers to va_admin;
grant select on provisioning_steps, call_stats_daily, batches to va_admin;
grant select (id, voice_agent_id, real_estate_agent_id, status, direction, duration_seconds, answered_by,
              error_code, end_reason, batch_id, started_at, answered_at, ended_at, created_at, updated_at)
    on calls to va_admin;
grant select (call_id, real_estate_agent_id, direction) on live_calls to va_admin;
grant select, insert, delete on dial_stops to va_admin;
grant insert, select (id, tenant, type) on outbox to va_admin;
grant select, insert on audit_log to va_admin;
grant select, insert, update on idempotency_keys to va_admin;

-- call-dialer: the life of calls, numbers, the outbox relay, the reconciler, housekeeping.
grant select on real_estate_agents, contacts, consents, suppressions, dial_stops to va_dialer;
grant select, update on voice_agents, batches to va_dialer;
grant select, insert, update on phone_numbers, calls, dial_attempts, dial_buckets to va_dialer;
grant select, insert, update, delete on live_calls, outbox, inbox to va_dialer;
grant select, insert on call_events, provisioning_steps to va_dialer;
grant select, delete on sessions, throttles, idempotency_keys to va_dialer;

-- ai-pipeline: what was said, and what its tools may do.
grant select on real_estate_agents, voice_agents, phone_numbers, contacts, properties to va_pipeline;
grant select, insert, update on calls, call_turns, dial_attempts, viewings to va_pipeline;
grant select, insert, update, delete on live_calls to va_pipeline;
grant select, insert on suppressions, consents, outbox, inbox to va_pipeline;

-- stats-aggregator: counts, and nothing that was said or dialled.
grant select (id, timezone) on real_estate_agents to va_stats;
grant select (id, real_estate_agent_id, status, direction, duration_seconds, created_at) on calls to va_stats;
grant select, insert, update, delete on call_stats_daily to va_stats;
grant select, insert on inbox to va_stats;

grant select on numbering_areas to va_agent, va_dialer;

-- migrate:down

do $$
declare p record;
begin
    for p in select distinct tablename from pg_policies where schemaname = 'public' loop
        execute format('alter table %I no force row level security', p.tablename);
        execute format('alter table %I disable row level security', p.tablename);
    end loop;
    for p in select tablename, policyname from pg_policies where schemaname = 'public' loop
        execute format('drop policy %I on %I', p.policyname, p.tablename);
    end loop;
end $$;
drop owned by va_gateway, va_agent, va_admin, va_dialer, va_pipeline, va_stats;
drop function app_tenant;
