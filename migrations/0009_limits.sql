-- migrate:up

-- What one account may use up.

-- Outgoing calls that may be opened in one of the agent's own days. Requests that arrive at the same moment
-- may pass it by a few: it limits what a mistake costs.
alter table real_estate_agents add column daily_calls int not null default 10000 check (daily_calls >= 0);
grant select (daily_calls) on real_estate_agents to va_agent, va_admin;
grant update (daily_calls) on real_estate_agents to va_admin;

create or replace function calls_open(p_agent text, p_targets jsonb, p_batch text, p_delay int, p_countries text[],
                           p_trace text)
returns table (call_id text, contact_id text, from_number text, to_number text, status text,
               reason text, due timestamptz)
language sql volatile as $$
    with line as (
        select v.id as voice_agent_id, n.phone_number
        from voice_agents v left join phone_numbers n on n.id = v.phone_number_id
        where v.real_estate_agent_id = p_agent
    ), asked_for as materialized (
        select x.position, uuid7() as call_id, uuid7() as attempt_id, x.t ->> 'contact_id' as contact_id,
               x.t ->> 'to' as to_number, x.reason as gate
        from rows from (jsonb_array_elements(p_targets), dial_gates(p_agent,
                array(select t ->> 'to' from jsonb_array_elements(p_targets) t), null, p_countries))
            with ordinality x (t, reason, position)
    ), today as materialized ( -- how many more may be opened; never reads more rows than are allowed
        select a.daily_calls - (
            select count(*) from (
                select from calls c
                where c.real_estate_agent_id = p_agent and c.direction = 'outbound'
                    and c.created_at >= date_trunc('day', now() at time zone a.timezone) at time zone a.timezone
                    and not (c.status = 'canceled' and c.twilio_call_sid is null)
                limit a.daily_calls) opened) as free
        from real_estate_agents a where a.id = p_agent
    ), target as materialized (
        select f.*, case when gate is null and row_number() over (partition by gate is null order by position)
                         > coalesce((select free from today), 0) then 'daily_cap' else gate end as reason
        from asked_for f
    ), paced as materialized (
        select target.*, now() + make_interval(secs => p_delay *
               (count(*) filter (where reason is null) over (order by position) - 1)) as due
        from target
    ), batch as (
        insert into batches (id, real_estate_agent_id, delay_seconds, total)
        select p_batch, p_agent, p_delay, jsonb_array_length(p_targets) where p_batch is not null
    ), opened as (
        insert into calls (id, voice_agent_id, real_estate_agent_id, contact_id, from_number, to_number,
                           status, direction, batch_id, batch_position, end_reason, ended_at)
        select p.call_id, l.voice_agent_id, p_agent, p.contact_id, l.phone_number, p.to_number,
               case when p.reason is null then 'initiated' else 'canceled' end, 'outbound',
               p_batch, p.position, p.reason, case when p.reason is not null then now() end
        from paced p, line l
        where l.phone_number is not null and (p.reason is null or p_batch is not null)
    ), live as (
        insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at)
        select p.call_id, p_agent, 'outbound', p.to_number, p.due + interval '2 minutes'
        from paced p where p.reason is null
    ), attempt as (
        insert into dial_attempts (id, call_id, real_estate_agent_id, from_number, to_number)
        select p.attempt_id, p.call_id, p_agent, l.phone_number, p.to_number
        from paced p, line l where p.reason is null
    ), attested as ( -- asking for the call attests consent, unless something is on record already
        insert into consents (real_estate_agent_id, phone_number, kind, source, by_account)
        select distinct p_agent, p.to_number, 'attested', 'dial', p_agent
        from paced p
        where p.reason is null and not exists (select from consents c
            where c.real_estate_agent_id = p_agent and c.phone_number = p.to_number)
    ), asked as (
        insert into outbox (exchange, routing_key, type, tenant, call_id, trace, body, not_before)
        select 'va.cmd', 'call.dial', 'call.dial', p_agent, p.call_id, p_trace,
               jsonb_build_object('call_id', p.call_id, 'attempt_id', p.attempt_id), p.due
        from paced p where p.reason is null
    ), told as ( -- one word for all: they share the agent and the day
        insert into outbox (exchange, routing_key, type, tenant, call_id, trace, body)
        select 'va.evt', 'call.changed', 'call.changed', p_agent, p.call_id, p_trace,
               jsonb_build_object('call_id', p.call_id, 'status', 'initiated')
        from paced p where p.reason is null or p_batch is not null
        order by p.position limit 1
    )
    select p.call_id, p.contact_id, l.phone_number, p.to_number,
           case when p.reason is null then 'initiated' else 'canceled' end, p.reason, p.due
    from paced p, line l order by p.position
$$;

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

create or replace function calls_open(p_agent text, p_targets jsonb, p_batch text, p_delay int, p_countries text[],
                           p_trace text)
returns table (call_id text, contact_id text, from_number text, to_number text, status text,
               reason text, due timestamptz)
language sql volatile as $$
    with line as (
        select v.id as voice_agent_id, n.phone_number
        from voice_agents v left join phone_numbers n on n.id = v.phone_number_id
        where v.real_estate_agent_id = p_agent
    ), target as materialized (
        select x.position, uuid7() as call_id, uuid7() as attempt_id, x.t ->> 'contact_id' as contact_id,
               x.t ->> 'to' as to_number, x.reason
        from rows from (jsonb_array_elements(p_targets), dial_gates(p_agent,
                array(select t ->> 'to' from jsonb_array_elements(p_targets) t), null, p_countries))
            with ordinality x (t, reason, position)
    ), paced as materialized (
        select target.*, now() + make_interval(secs => p_delay *
               (count(*) filter (where reason is null) over (order by position) - 1)) as due
        from target
    ), batch as (
        insert into batches (id, real_estate_agent_id, delay_seconds, total)
        select p_batch, p_agent, p_delay, jsonb_array_length(p_targets) where p_batch is not null
    ), opened as (
        insert into calls (id, voice_agent_id, real_estate_agent_id, contact_id, from_number, to_number,
                           status, direction, batch_id, batch_position, end_reason, ended_at)
        select p.call_id, l.voice_agent_id, p_agent, p.contact_id, l.phone_number, p.to_number,
               case when p.reason is null then 'initiated' else 'canceled' end, 'outbound',
               p_batch, p.position, p.reason, case when p.reason is not null then now() end
        from paced p, line l
        where l.phone_number is not null and (p.reason is null or p_batch is not null)
    ), live as (
        insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at)
        select p.call_id, p_agent, 'outbound', p.to_number, p.due + interval '2 minutes'
        from paced p where p.reason is null
    ), attempt as (
        insert into dial_attempts (id, call_id, real_estate_agent_id, from_number, to_number)
        select p.attempt_id, p.call_id, p_agent, l.phone_number, p.to_number
        from paced p, line l where p.reason is null
    ), attested as ( -- asking for the call attests consent, unless something is on record already
        insert into consents (real_estate_agent_id, phone_number, kind, source, by_account)
        select distinct p_agent, p.to_number, 'attested', 'dial', p_agent
        from paced p
        where p.reason is null and not exists (select from consents c
            where c.real_estate_agent_id = p_agent and c.phone_number = p.to_number)
    ), asked as (
        insert into outbox (exchange, routing_key, type, tenant, call_id, trace, body, not_before)
        select 'va.cmd', 'call.dial', 'call.dial', p_agent, p.call_id, p_trace,
               jsonb_build_object('call_id', p.call_id, 'attempt_id', p.attempt_id), p.due
        from paced p where p.reason is null
    ), told as ( -- one word for all: they share the agent and the day
        insert into outbox (exchange, routing_key, type, tenant, call_id, trace, body)
        select 'va.evt', 'call.changed', 'call.changed', p_agent, p.call_id, p_trace,
               jsonb_build_object('call_id', p.call_id, 'status', 'initiated')
        from paced p where p.reason is null or p_batch is not null
        order by p.position limit 1
    )
    select p.call_id, p.contact_id, l.phone_number, p.to_number,
           case when p.reason is null then 'initiated' else 'canceled' end, p.reason, p.due
    from paced p, line l order by p.position
$$;

alter table real_estate_agents drop column daily_calls;
