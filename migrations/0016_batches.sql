-- migrate:up

-- A batch is a plan: a row per contact. A call is opened from it when its turn comes, by the one statement
-- that opens calls, so that ten thousand contacts cost ten thousand small rows, and no calls, attempts,
-- live rows or messages of the coming days; and what is not wanted any more has never begun. The dialer's
-- release (batches_release) takes the next ones, looks at the breaker, and hands each call to the outbox.
--
-- Locks: whoever changes a batch locks its row first, then many attempts in any order, then their calls. That is
-- safe because nobody who holds an attempt waits for another one: dial_next passes over what is locked. What follows
-- from a call's end (calls_z_batch) locks its plan rows only, never the batch, so the two cannot wait for each other.

alter table batches
    add column name text,
    add column reason text,                           -- why it is paused or cancelled
    add column when_closed text not null default 'wait' check (when_closed in ('wait', 'skip')),
    add column max_attempts int not null default 1 check (max_attempts between 1 and 5),
    add column retry_on text[] not null default '{}', -- outcomes that are tried again
    add column retry_seconds int not null default 0,
    add column breaker_window int not null default 20,   -- of so many tries that ended last ...
    add column breaker_percent int not null default 80,  -- ... so many per cent failed: pause; 0 never
    add column breaker_refused int not null default 10,  -- so many refused in a row: pause; 0 never
    add column watched_since timestamptz not null default now(), -- what ended earlier does not trip the breaker
    add column next_at timestamptz not null default now(),  -- the next call, by delay_seconds
    add column last_attempt text,                     -- when it was really posted moves next_at
    add column look_at timestamptz not null default now(),  -- when the release looks at it again
    add column trace text,
    add column done_at timestamptz;
create index batches_running on batches (look_at) where state = 'running';

-- Without foreign keys: ten thousand look-ups of one row. Batches are never deleted.
create table batch_contacts (
    batch_id             text not null,
    position             int not null,
    real_estate_agent_id text not null,
    contact_id           text,                        -- who is deleted meanwhile is skipped
    to_number            text not null,
    call_id              text not null,               -- of the last try; of the first one, before there is a call
    tries                int not null default 0,      -- calls opened
    state                text not null default 'waiting' check (state in ('waiting', 'calling', 'ended')),
    outcome              text check (outcome in ('answered', 'machine', 'busy', 'no-answer', 'failed', 'canceled',
                             'skipped')),             -- of the last try
    placed               boolean,                     -- the provider took the last try
    reason               text,                        -- of the outcome, or why it waits
    not_before           timestamptz not null default now(),
    zones                text[] not null default '{}', -- where it must be day, as it was planned: for the forecast
    tried_at             timestamptz,                 -- the end of the last try
    primary key (batch_id, position)
);
create index batch_contacts_state on batch_contacts (batch_id, state, position);
create unique index batch_contacts_call on batch_contacts (call_id);
create index batch_contacts_tried on batch_contacts (batch_id, tried_at) where tried_at is not null;

-- Who was in a file of contacts, in its order: for a batch that calls them.
create table contact_imports (
    import_id            text not null,
    position             int not null,
    real_estate_agent_id text not null,
    contact_id           text not null,
    primary key (import_id, position)
);

-- An attempt that may not be posted while its batch is paused.
alter table dial_attempts drop constraint dial_attempts_state_check;
alter table dial_attempts add constraint dial_attempts_state_check check (state in ('queued', 'held', 'claimed',
    'posting', 'bound', 'refused', 'unknown', 'absent', 'canceled'));
drop index dial_attempts_live;
create unique index dial_attempts_live on dial_attempts (call_id)
    where state in ('queued', 'held', 'claimed', 'posting', 'unknown');

-- Calling hours -----------------------------------------------------------------------------------

-- Where a number may be: the contact's own zone, else those of its numbering area.
create function dial_zones(p_agent text, p_number text) returns text[] language sql stable as $$
    select coalesce(
        (select array[c.timezone] from contacts c
         where c.real_estate_agent_id = p_agent and c.phone_number = p_number and c.timezone is not null),
        (select zones from numbering_areas
         where prefix = any (array[substr(p_number, 2, 1), substr(p_number, 2, 2), substr(p_number, 2, 3),
             substr(p_number, 2, 4), substr(p_number, 2, 5), substr(p_number, 2, 6), substr(p_number, 2, 7)])
         order by length(prefix) desc limit 1), '{}')
$$;

-- The first moment from p_from on at which it is day in all zones; null when that is never.
create function dial_opens(p_zones text[], p_from timestamptz) returns timestamptz language sql stable as $$
    select min(t)
    from (select p_from as t
          union all
          select (date_trunc('day', p_from at time zone z) + make_interval(days => d, hours => 8)) at time zone z
          from unnest(p_zones) z, generate_series(0, 2) d) c
    where t >= p_from and is_calling_time(t, p_zones)
$$;

-- The first moment from p_from on, when it is day in all zones, at which it is night in one.
create function dial_closes(p_zones text[], p_from timestamptz) returns timestamptz language sql stable as $$
    select min((date_trunc('day', p_from at time zone z) + interval '21 hours') at time zone z) from unnest(p_zones) z
$$;

-- When the agent's next day begins.
create function agent_tomorrow(p_agent text) returns timestamptz language sql stable as $$
    select (date_trunc('day', now() at time zone a.timezone) + interval '1 day') at time zone a.timezone
    from real_estate_agents a where a.id = p_agent
$$;

-- What the gate says of the thousands of numbers of a batch, and where each may be, in their order: dial_gates() asks
-- for one number after another, which costs three times as much; this joins. Planned for each batch (execute), since
-- what is known (contacts, consents, who is live) and what is asked for differ.
create function dial_look(p_agent text, p_numbers text[], p_countries text[])
returns table (reason text, zones text[]) language plpgsql stable as $$
begin
    return query execute $look$
    with agent as materialized (
        select a.consent_policy, v.status = 'active' as active,
               exists (select from dial_stops where who in ('global', $1)) as stopped
        from real_estate_agents a left join voice_agents v on v.real_estate_agent_id = a.id
        where a.id = $1 and a.deleted_at is null
    ), area as materialized (
        select part, coalesce(a7.country, a6.country, a5.country, a4.country, a3.country, a2.country,
                        a1.country) as country,
               coalesce(a7.zones, a6.zones, a5.zones, a4.zones, a3.zones, a2.zones, a1.zones, '{}') as zones
        from (select distinct substr(number, 2, 7) as part from unnest($2) number) x
        left join numbering_areas a7 on a7.prefix = part
        left join numbering_areas a6 on a6.prefix = left(part, 6)
        left join numbering_areas a5 on a5.prefix = left(part, 5)
        left join numbering_areas a4 on a4.prefix = left(part, 4)
        left join numbering_areas a3 on a3.prefix = left(part, 3)
        left join numbering_areas a2 on a2.prefix = left(part, 2)
        left join numbering_areas a1 on a1.prefix = left(part, 1)
    ), known as materialized (
        select w.nth, w.number, area.country = any ($3) as country,
               coalesce(c.zones, area.zones) as zones, t.kind as consent,
               w.number in (select phone_number from phone_numbers where status <> 'released') as own,
               w.number in (select phone_number from suppressions where lifted_at is null
                            and (real_estate_agent_id = $1 or real_estate_agent_id is null)) as suppressed,
               w.number in (select far_number from live_calls where real_estate_agent_id = $1) as live
        from unnest($2) with ordinality w (number, nth)
        join area on area.part = substr(w.number, 2, 7)
        left join (select phone_number, array[timezone] as zones from contacts
                   where real_estate_agent_id = $1 and timezone is not null) c on c.phone_number = w.number
        left join (select distinct on (phone_number) phone_number, kind from consents where real_estate_agent_id = $1
                   order by phone_number, created_at desc, id desc) t on t.phone_number = w.number
    ), place as materialized (
        select z.zones, is_calling_time(now(), z.zones) as day from (select distinct k.zones from known k) z
    )
    select dial_verdict(a.stopped, a.active, k.own, is_barred(k.number), k.country, k.suppressed, k.consent,
                        a.consent_policy, p.day, k.live), k.zones
    from known k join place p using (zones) left join agent a on true
    order by k.nth
    $look$ using p_agent, p_numbers, p_countries;
end $$;

-- When so many calls are through that begin p_each seconds after one another, in the calling hours of each place.
-- p_groups: [{"zones": [...], "n": calls}, ...]. Between two moments at which it becomes day or night somewhere, the
-- places where it is day share what can be called. Null: never.
create function dial_finish(p_groups jsonb, p_each float8, p_from timestamptz) returns timestamptz
language plpgsql stable as $$
declare
    v_at    timestamptz := p_from;
    v_next  timestamptz;
    v_open  float8;
    v_can   float8;
    g       record;
    groups  jsonb := p_groups;
begin
    for i in 1 .. 1000 loop
        select sum(n) filter (where day) as open, sum(n) as all_left,
               min(case when day then dial_closes(zones, v_at)
                        else dial_opens(zones, v_at + interval '1 second') end) as next
        into g
        from (select (e ->> 'n')::float8 as n, z.zones, is_calling_time(v_at, z.zones) as day
              from jsonb_array_elements(groups) e,
                   lateral (select array(select jsonb_array_elements_text(e -> 'zones')) as zones) z) x where n > 0;
        if g.all_left is null then
            return v_at;
        elsif g.next is null then
            return null;
        end if;
        v_open := coalesce(g.open, 0);
        v_can := extract(epoch from g.next - v_at) / p_each;
        v_next := case when v_open > 0 and v_open <= v_can then v_at + make_interval(secs => v_open * p_each)
                       else g.next end;
        select jsonb_agg(jsonb_build_object('zones', e -> 'zones', 'n', case
                   when not is_calling_time(v_at, array(select jsonb_array_elements_text(e -> 'zones')))
                       then (e ->> 'n')::float8
                   when v_open <= v_can then 0
                   else (e ->> 'n')::float8 * (1 - v_can / v_open) end))
        into groups from jsonb_array_elements(groups) e;
        v_at := v_next;
    end loop;
    return null;
end $$;

-- What a batch can do, and what it waits for: p_rate calls per second of the account, p_lines at once, each p_length
-- seconds long. -> seconds from one call to the next, and which of the three says so.
create function batch_pace(p_delay float8, p_rate float8, p_lines float8, p_length float8, out each float8, out by text)
language sql immutable as $$
    select seconds, word
    from (values (p_delay, 'delay', 1), (1 / p_rate, 'account_rate', 2), (p_length / p_lines, 'lines', 3)) x (seconds, word, nth)
    order by seconds desc, nth limit 1
$$;

-- When whom the gate does not let through may be asked for again; null: never.
create function batch_again(p_batch batches, p_tries int, p_number text, p_reason text) returns timestamptz
language sql stable as $$
    select case
        when p_reason in ('live_call', 'dialing_stopped', 'agent_inactive') then now() + interval '1 minute'
        when p_batch.when_closed = 'skip' and p_tries = 0 then null
        when p_reason = 'quiet_hours' then
            dial_opens(dial_zones(p_batch.real_estate_agent_id, p_number), now() + interval '1 second')
        when p_reason = 'daily_cap' then agent_tomorrow(p_batch.real_estate_agent_id) end
$$;

-- How many more calls an agent may open today; requests of the same moment may pass it by a few.
create function daily_calls_left(p_agent text) returns bigint language sql stable as $$
    select a.daily_calls - (
        select count(*) from (
            select from calls c
            where c.real_estate_agent_id = p_agent and c.direction = 'outbound'
                and c.created_at >= date_trunc('day', now() at time zone a.timezone) at time zone a.timezone
                and not (c.status = 'canceled' and c.twilio_call_sid is null)
            limit a.daily_calls) opened)
    from real_estate_agents a where a.id = p_agent
$$;

-- Opening -----------------------------------------------------------------------------------------

-- Open outbound calls: one, or some of a batch. For every target the gate decides; who passes gets a call, a
-- queued attempt, a live row and a call.dial in the outbox, due at p_due.
-- p_targets: [{"to": E.164, "contact_id", "call_id", "position": each may be null}, ...]. The caller has
-- checked ownership.
drop function calls_open(text, jsonb, text, int, text[], text);
create function calls_open(p_agent text, p_targets jsonb, p_batch text, p_due timestamptz, p_countries text[],
                           p_trace text)
returns table ("position" int, call_id text, attempt_id text, reason text)
language sql volatile as $$
    with line as (
        select v.id as voice_agent_id, n.phone_number
        from voice_agents v join phone_numbers n on n.id = v.phone_number_id
        where v.real_estate_agent_id = p_agent
    ), asked_for as materialized (
        select x.nth, (x.t ->> 'position')::int as position, coalesce(x.t ->> 'call_id', uuid7()) as call_id,
               uuid7() as attempt_id, x.t ->> 'contact_id' as contact_id, x.t ->> 'to' as to_number, x.reason as gate
        from rows from (jsonb_array_elements(p_targets), dial_gates(p_agent,
                array(select t ->> 'to' from jsonb_array_elements(p_targets) t), null, p_countries))
            with ordinality x (t, reason, nth)
    ), today as materialized (
        select daily_calls_left(p_agent) as free
    ), target as materialized (
        select f.*, l.*, case when gate is null and row_number() over (partition by gate is null order by nth)
                         > coalesce((select free from today), 0) then 'daily_cap' else gate end as reason
        from asked_for f, line l
    ), opened as (
        insert into calls (id, voice_agent_id, real_estate_agent_id, contact_id, from_number, to_number,
                           status, direction, batch_id, batch_position)
        select t.call_id, t.voice_agent_id, p_agent, t.contact_id, t.phone_number, t.to_number, 'initiated',
               'outbound', p_batch, t.position
        from target t where t.reason is null
    ), live as (
        insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at)
        select t.call_id, p_agent, 'outbound', t.to_number, p_due + interval '2 minutes'
        from target t where t.reason is null
    ), attempt as (
        insert into dial_attempts (id, call_id, real_estate_agent_id, from_number, to_number)
        select t.attempt_id, t.call_id, p_agent, t.phone_number, t.to_number from target t where t.reason is null
    ), attested as ( -- asking for the call attests consent, unless something is on record already
        insert into consents (real_estate_agent_id, phone_number, kind, source, by_account)
        select distinct p_agent, t.to_number, 'attested', 'dial', p_agent
        from target t
        where t.reason is null and not exists (select from consents c
            where c.real_estate_agent_id = p_agent and c.phone_number = t.to_number)
    ), asked as (
        insert into outbox (exchange, routing_key, type, tenant, call_id, trace, body, not_before)
        select 'va.cmd', 'call.dial', 'call.dial', p_agent, t.call_id, p_trace,
               jsonb_build_object('call_id', t.call_id, 'attempt_id', t.attempt_id), p_due
        from target t where t.reason is null
    )
    select t.position, t.call_id, t.attempt_id, t.reason from target t order by t.nth
$$;

-- A UUIDv7 of that second that is always the same for the same thing.
create function second_id(p_thing text, p_second bigint) returns text language sql immutable as $$
    select (lpad(to_hex(p_second * 1000), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid::text
    from md5(p_thing || p_second) h
$$;

-- "Something moved in these batches": at most one batch.changed per batch and second, sent half a second after that
-- second, so it comes after the last change has been committed. Nobody waits for another statement's word, which
-- would be one more order of locks to keep: while that is not committed (the lock), a second word is sent.
create function batches_tell(p_batches text[]) returns void language sql volatile as $$
    insert into outbox (id, exchange, routing_key, type, tenant, body, not_before)
    select case when pg_try_advisory_xact_lock(hashtextextended(w.id, 0)) then w.id else uuid7() end,
           'va.evt', 'batch.changed', 'batch.changed', b.real_estate_agent_id,
           jsonb_build_object('batch_id', b.id, 'real_estate_agent_id', b.real_estate_agent_id),
           to_timestamp(second + 1.5)
    from batches b, cast(floor(extract(epoch from clock_timestamp())) as bigint) second,
         lateral (select second_id(b.id, second) as id) w
    where b.id = any (p_batches)
    on conflict do nothing
$$;

-- The life of a batch -----------------------------------------------------------------------------

-- Paused or cancelled: what has not been posted yet is taken back, and that is final, because only what is queued
-- can be posted. What has been posted goes on.
create function batch_hold(p_batch text, p_state text, p_reason text) returns void
language plpgsql volatile as $$
begin
    update batches set state = p_state, reason = p_reason, updated_at = now() where id = p_batch;
    if p_state = 'paused' then
        update dial_attempts a set state = 'held', fence = fence + 1, ready_at = null, updated_at = now()
        from batch_contacts i
        where i.batch_id = p_batch and i.state = 'calling' and a.call_id = i.call_id and a.state = 'queued';
    else
        with gone as (
            update dial_attempts a set state = 'canceled', reason = p_reason, updated_at = now()
            from batch_contacts i
            where i.batch_id = p_batch and i.state = 'calling' and a.call_id = i.call_id
                and a.state in ('queued', 'held')
            returning a.call_id
        )
        update calls c set status = 'canceled', end_reason = p_reason, ended_at = now(), updated_at = now()
        from gone where c.id = gone.call_id and status_rank(c.status) < 3;
        update batch_contacts set state = 'ended', outcome = coalesce(outcome, 'canceled'), reason = p_reason
        where batch_id = p_batch and state = 'waiting';
    end if;
    perform batches_tell(array[p_batch]);
end $$;

-- A provider that was too busy gives an attempt back after its batch was paused or cancelled.
create function attempts_back() returns trigger language plpgsql as $$
declare
    v_state text := (select b.state from calls c join batches b on b.id = c.batch_id where c.id = new.call_id
                     for share of b);
begin
    if v_state = 'paused' then
        new.state := 'held';
    elsif v_state = 'cancelled' then
        new.state := 'canceled';
        update calls set status = 'canceled', end_reason = 'batch_cancelled', ended_at = now(), updated_at = now()
        where id = new.call_id and status_rank(status) < 3;
    end if;
    return new;
end $$;
create trigger attempts_back before update of state on dial_attempts for each row
    when (old.state = 'posting' and new.state = 'queued') execute function attempts_back();

create function batch_resume(p_batch text) returns void language plpgsql volatile as $$
begin
    update batches
    set state = 'running', reason = null, watched_since = now(), look_at = now(), updated_at = now()
    where id = p_batch;
    with back as (
        update dial_attempts a set state = 'queued', updated_at = now() from batch_contacts i
        where i.batch_id = p_batch and i.state = 'calling' and a.call_id = i.call_id and a.state = 'held'
        returning a.id, a.call_id, a.real_estate_agent_id
    )
    insert into outbox (exchange, routing_key, type, tenant, call_id, trace, body, not_before)
    select 'va.cmd', 'call.dial', 'call.dial', back.real_estate_agent_id, back.call_id, b.trace,
           jsonb_build_object('call_id', back.call_id, 'attempt_id', back.id),
           greatest(now(), b.next_at - make_interval(secs => b.delay_seconds)) -- its own time, if that is to come
    from back, batches b where b.id = p_batch;
    perform batches_tell(array[p_batch]);
end $$;

-- 'paused', 'running' or 'cancelled' is wanted. -> the state it had, null when there is no such batch.
create function batch_turn(p_agent text, p_batch text, p_wanted text) returns text language plpgsql volatile as $$
declare b batches;
begin
    select * into b from batches where id = p_batch and real_estate_agent_id = p_agent for update;
    if batch_state(b) = 'done' then
        return 'done';
    elsif b.state = p_wanted or b.state = 'cancelled' then
        return b.state;
    end if;
    if p_wanted = 'running' then
        perform batch_resume(p_batch);
    else
        perform batch_hold(p_batch, p_wanted, 'batch_' || p_wanted);
    end if;
    return b.state;
end $$;

-- Done is when no contact is still to be called or being called. The release writes it down when it comes by;
-- who asks before is told the same.
create or replace function batch_state(b batches) returns text language sql stable as $$
    select case when b.state = 'running' and not exists (
        select from batch_contacts i where i.batch_id = b.id and i.state in ('waiting', 'calling'))
        then 'done' else b.state end
$$;

-- As the API shows it.
create function batch_json(b batches) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'batch_id', b.id, 'name', b.name, 'state', batch_state(b), 'reason', b.reason, 'total', b.total,
        'delay_seconds', b.delay_seconds, 'when_closed', b.when_closed,
        'retry', jsonb_build_object('max_attempts', b.max_attempts, 'spacing_seconds', b.retry_seconds, 'on', b.retry_on),
        'breaker', jsonb_build_object('window', b.breaker_window, 'percent', b.breaker_percent,
                                      'refused', b.breaker_refused),
        'created_at', iso(b.created_at),
        'done_at', iso(coalesce(b.done_at, case when batch_state(b) = 'done' then
            (select max(tried_at) from batch_contacts i where i.batch_id = b.id) end)))
$$;

-- Why it should not go on, or null.
create function batch_trouble(b batches) returns text language sql stable as $$
    with recent as materialized (
        select outcome = 'failed' as failed, outcome = 'failed' and not placed as refused,
               row_number() over (order by tried_at desc) as nth
        from batch_contacts where batch_id = b.id and tried_at > b.watched_since
        order by tried_at desc limit greatest(b.breaker_window, b.breaker_refused)
    ), figures as (
        select count(*) filter (where nth <= b.breaker_window) as seen,
               count(*) filter (where nth <= b.breaker_window and failed) as failed,
               count(*) filter (where nth <= b.breaker_refused and refused) as refused
        from recent
    )
    select case
        when exists (select from dial_stops where who in ('global', b.real_estate_agent_id)) then 'dialing_stopped'
        when not exists (select from voice_agents v where v.real_estate_agent_id = b.real_estate_agent_id
                         and v.status = 'active') then 'agent_inactive'
        when b.breaker_refused > 0 and refused >= b.breaker_refused then 'calls_refused'
        when b.breaker_percent > 0 and seen >= b.breaker_window and failed * 100 >= seen * b.breaker_percent
            then 'calls_failing' end
    from figures
$$;

-- Open the next calls of a batch: at most p_n of those whose time has come. -> how many were looked at, and the
-- attempt of the last one that was opened.
create function batch_open(b batches, p_n int, p_due timestamptz, p_countries text[],
                           out looked bigint, out attempt text)
language sql volatile as $$
    with next as materialized (
        select i.position, i.contact_id, i.tries, c.phone_number, case when i.tries = 0 then i.call_id end as call_id
        from (select * from batch_contacts
              where batch_id = b.id and state = 'waiting' and not_before <= p_due
              order by position limit p_n) i
        left join contacts c on c.id = i.contact_id and c.real_estate_agent_id = b.real_estate_agent_id
    ), opened as materialized (
        select o.* from (select jsonb_agg(jsonb_build_object('contact_id', contact_id, 'to', phone_number,
                                          'call_id', call_id, 'position', position) order by position) as list
                         from next where phone_number is not null) t
        cross join lateral calls_open(b.real_estate_agent_id, t.list, b.id, p_due, p_countries, b.trace) o
        where t.list is not null
    ), verdict as materialized (
        select n.position, n.phone_number, o.call_id, o.attempt_id,
               case when n.phone_number is null then 'contact_deleted' else o.reason end as reason,
               case when n.phone_number is not null
                   then batch_again(b, n.tries, n.phone_number, o.reason) end as again
        from next n left join opened o using (position)
    ), moved as (
        update batch_contacts i
        set state = case when v.reason is null then 'calling' when v.again is null then 'ended' else 'waiting' end,
            call_id = case when v.reason is null then v.call_id else i.call_id end,
            to_number = coalesce(v.phone_number, i.to_number),
            tries = i.tries + (v.reason is null)::int,
            outcome = case when v.reason is not null and v.again is null then 'skipped' else i.outcome end,
            reason = v.reason, not_before = coalesce(v.again, i.not_before)
        from verdict v where i.batch_id = b.id and i.position = v.position
    )
    select count(*), (array_agg(attempt_id order by position desc) filter (where reason is null))[1] from verdict
$$;

-- One batch's turn, its row being locked. Of a spaced batch the next call is opened once the one before has been
-- posted, so that after a stop of ours what is late goes with its spacing and not all at once. Of one without
-- a delay at most p_window calls wait to be posted: what is opened can be taken back, and keeps nobody else waiting.
create function batch_release(b batches, p_window int, p_countries text[]) returns void language plpgsql volatile as $$
declare
    trouble  text := batch_trouble(b);
    spacing  interval := make_interval(secs => b.delay_seconds);
    slack    interval := least(interval '1 second', spacing / 10); -- so far a call may be late without moving the next
    posted   timestamptz;
    unposted int;
    opened   record;
    calling  boolean;
begin
    if trouble is not null then
        perform batch_hold(b.id, 'paused', trouble);
        return;
    end if;
    select count(*) into unposted from batch_contacts i
    join dial_attempts a on a.call_id = i.call_id and a.state = 'queued'
    where i.batch_id = b.id and i.state = 'calling';
    if unposted >= (case when b.delay_seconds > 0 then 1 else p_window end) then
        update batches set look_at = clock_timestamp() + interval '100 ms' where id = b.id;
        return;
    end if;

    select a.posted_at into posted from dial_attempts a where a.id = b.last_attempt;
    b.next_at := greatest(b.next_at, case when posted > b.next_at - spacing + slack then posted + spacing end);
    if b.next_at > now() + interval '1 second' then
        update batches set next_at = b.next_at, look_at = b.next_at - interval '500 ms' where id = b.id;
        return;
    end if;
    if b.next_at < now() - slack then
        b.next_at := now();
    end if;

    opened := batch_open(b, case when b.delay_seconds > 0 then 1 else p_window - unposted end, b.next_at, p_countries);
    if opened.attempt is not null then
        update batches set next_at = b.next_at + spacing, last_attempt = opened.attempt,
               look_at = clock_timestamp() + interval '100 ms' where id = b.id;
    elsif opened.looked = 0 then
        calling := exists (select from batch_contacts where batch_id = b.id and state = 'calling');
        select min(not_before) into b.look_at from batch_contacts where batch_id = b.id and state = 'waiting';
        update batches
        set look_at = least(b.look_at, case when calling then now() + interval '1 second' end, now() + interval '1 hour'),
            state = case when calling or b.look_at is not null then state else 'done' end,
            done_at = case when not calling and b.look_at is null then now() end
        where id = b.id;
        if calling or b.look_at is not null then
            return; -- nothing to tell
        end if;
    end if;
    perform batches_tell(array[b.id]);
end $$;

-- Give every running batch that is to be looked at its turn. -> milliseconds until the next one is.
-- Another dialer's batches are left to it.
create function batches_release(p_window int, p_countries text[]) returns int language plpgsql volatile as $$
declare b batches;
begin
    for b in select * from batches where state = 'running' and look_at <= now()
             order by look_at limit 50 for update skip locked loop
        perform batch_release(b, p_window, p_countries);
    end loop;
    return (select least(1000, greatest(0, ceil(extract(epoch from min(look_at) - clock_timestamp()) * 1000)))
            from batches where state = 'running');
end $$;

-- When calls of batches move: the plan follows. A call that ended may be tried again; one that the gate refused at
-- the last moment may have its time later. Last by name among the triggers of calls, so that nothing is locked
-- behind it.
create function calls_move_batch() returns trigger language plpgsql as $$
declare touched text[] := array(select distinct batch_id from moved where batch_id is not null);
begin
    if touched = '{}' then
        return null;
    end if;
    with ended as materialized (
        select m.*, case
                when m.status = 'completed' then
                    case when m.answered_by ~ '^(machine|fax)' then 'machine' else 'answered' end
                when m.status = 'canceled' and m.twilio_call_sid is null and m.end_reason <> 'batch_cancelled'
                    then 'skipped'
                else m.status end as outcome
        from moved m join old_calls o on o.id = m.id
        where m.batch_id is not null and status_rank(m.status) = 3 and status_rank(o.status) < 3
    ), judged as materialized (
        select e.*, i.position, case
                when b.state not in ('running', 'paused') then null
                when e.outcome = 'skipped' then batch_again(b, i.tries - 1, i.to_number, e.end_reason)
                when e.outcome = any (b.retry_on) and i.tries < b.max_attempts
                    and coalesce(e.end_reason, '') not in ('not_placed', 'unknown_to_provider') -- it may have rung
                    then now() + make_interval(secs => b.retry_seconds) end as again
        from ended e join batch_contacts i on i.batch_id = e.batch_id and i.call_id = e.id and i.state = 'calling'
        join batches b on b.id = e.batch_id
    )
    update batch_contacts i
    set state = case when j.again is null then 'ended' else 'waiting' end, outcome = j.outcome,
        placed = j.twilio_call_sid is not null, reason = j.end_reason, not_before = coalesce(j.again, i.not_before),
        tries = i.tries - (j.outcome = 'skipped')::int,
        call_id = case when j.outcome = 'skipped' and j.again is not null then uuid7() else i.call_id end,
        tried_at = case when j.outcome = 'skipped' then i.tried_at else clock_timestamp() end
    from judged j where i.batch_id = j.batch_id and i.position = j.position;
    perform batches_tell(touched);
    return null;
end $$;
create trigger calls_z_batch after update on calls referencing old table as old_calls new table as moved
    for each statement execute function calls_move_batch();

-- Batches that were opened before there were plans.
insert into batch_contacts (batch_id, position, real_estate_agent_id, contact_id, to_number, call_id, tries, state,
                            outcome, placed, reason, tried_at)
select c.batch_id, row_number() over (partition by c.batch_id order by c.batch_position, c.id),
       c.real_estate_agent_id, c.contact_id, c.to_number, c.id, 1,
       case when status_rank(c.status) < 3 then 'calling' else 'ended' end,
       case when c.status = 'completed' then 'answered'
            when c.status = 'canceled' and c.twilio_call_sid is null then 'skipped'
            when status_rank(c.status) = 3 then c.status end,
       c.twilio_call_sid is not null, c.end_reason, c.ended_at
from calls c where c.batch_id is not null;

alter table contact_imports enable row level security;
alter table contact_imports force row level security;
create policy tenant on contact_imports to va_agent using (real_estate_agent_id = app_tenant())
    with check (real_estate_agent_id = app_tenant());
create policy others on contact_imports to va_dialer using (true);
grant select, insert on contact_imports to va_agent;
grant select, delete on contact_imports to va_dialer;
alter table batch_contacts enable row level security;
alter table batch_contacts force row level security;
create policy tenant on batch_contacts to va_agent using (real_estate_agent_id = app_tenant())
    with check (real_estate_agent_id = app_tenant());
create policy others on batch_contacts to va_dialer, va_pipeline using (true) with check (true);
grant select, insert, update on batch_contacts to va_agent, va_dialer;
grant select, update on batch_contacts to va_pipeline;
grant select on batches to va_pipeline;
grant insert on consents to va_dialer;

-- migrate:down

drop trigger calls_z_batch on calls;
drop trigger attempts_back on dial_attempts;
create or replace function batch_state(b batches) returns text language sql stable as $$
    select case when b.state = 'running' and not exists (
        select from live_calls l join calls c on c.id = l.call_id where c.batch_id = b.id)
        then 'done' else b.state end
$$;
drop function calls_move_batch, batches_release, batch_release, batch_open, batch_trouble, batch_json, batch_turn, batch_resume,
    attempts_back, batch_hold, batches_tell, second_id, calls_open, daily_calls_left, batch_again, agent_tomorrow, batch_pace, dial_finish,
    dial_look, dial_closes, dial_opens,
    dial_zones;
create function calls_open(p_agent text, p_targets jsonb, p_batch text, p_delay int, p_countries text[],
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
    ), today as materialized ( -- how many more may be opened; requests of the same moment may pass it by a few
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
update dial_attempts set state = 'queued' where state = 'held';
drop index dial_attempts_live;
create unique index dial_attempts_live on dial_attempts (call_id)
    where state in ('queued', 'claimed', 'posting', 'unknown');
alter table dial_attempts drop constraint dial_attempts_state_check;
alter table dial_attempts add constraint dial_attempts_state_check check (state in ('queued', 'claimed', 'posting',
    'bound', 'refused', 'unknown', 'absent', 'canceled'));
revoke insert on consents from va_dialer;
revoke select on batches from va_pipeline;
drop table batch_contacts, contact_imports;
drop index batches_running;
alter table batches drop column name, drop column reason, drop column when_closed, drop column max_attempts,
    drop column retry_on, drop column retry_seconds, drop column breaker_window, drop column breaker_percent,
    drop column breaker_refused, drop column watched_since, drop column next_at, drop column last_attempt,
    drop column look_at, drop column trace, drop column done_at;
