-- migrate:up

-- What follows from a call's change -----------------------------------------------------------------
--
-- Whatever statement moves calls: the world is told (call.changed), and who has ended is not live any more.

create function calls_told() returns trigger language plpgsql as $$
begin
    with moved as materialized (
        select n.id, n.real_estate_agent_id, n.status
        from new_calls n join old_calls o using (id)
        where (n.status, n.twilio_call_sid, n.duration_seconds, n.answered_at, n.ended_at, n.recording_url,
               n.recording_sid, n.answered_by, n.end_reason, n.error_code, n.transcript is null) is distinct from
              (o.status, o.twilio_call_sid, o.duration_seconds, o.answered_at, o.ended_at, o.recording_url,
               o.recording_sid, o.answered_by, o.end_reason, o.error_code, o.transcript is null)
    ), ended as (
        delete from live_calls l using moved m
        where l.call_id = m.id and status_rank(m.status) = 3 and l.check_at > '-infinity' -- that is to be asked about
    )
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.evt', 'call.changed', 'call.changed', real_estate_agent_id, id,
           jsonb_build_object('call_id', id, 'status', status) from moved;
    return null;
end $$;
create trigger calls_told after update on calls referencing old table as old_calls new table as new_calls
    for each statement execute function calls_told();

-- Of the calls of a batch one word is enough: they share the agent and the day.
create function calls_told_opened() returns trigger language plpgsql as $$
begin
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select distinct on (coalesce(batch_id, id)) 'va.evt', 'call.changed', 'call.changed', real_estate_agent_id, id,
           jsonb_build_object('call_id', id, 'status', status) from opened order by coalesce(batch_id, id), id;
    return null;
end $$;
create trigger calls_told_opened after insert on calls referencing new table as opened
    for each statement execute function calls_told_opened();

-- Dialing ---------------------------------------------------------------------------------------------

-- Why a number was called or not: one row per question to the gate. Of a call that was never opened there is only
-- the hash of its number.
create table dial_decisions (
    id                   bigint generated always as identity primary key,
    real_estate_agent_id text not null,
    call_id              text,
    number_hash          text,
    asked                text not null check (asked in ('opening', 'placing')),
    verdict              text not null,               -- 'allowed', or the reason
    at                   timestamptz not null default clock_timestamp()
);
create index dial_decisions_call on dial_decisions (call_id) where call_id is not null;

create function calls_decided() returns trigger language plpgsql as $$
begin
    insert into dial_decisions (real_estate_agent_id, call_id, asked, verdict)
    select real_estate_agent_id, id, 'opening', coalesce(end_reason, 'allowed') from opened
    where direction = 'outbound';
    return null;
end $$;
create trigger calls_decided after insert on calls referencing new table as opened
    for each statement execute function calls_decided();

-- An attempt is ready once its call.dial has come: the outbox is the only scheduler. Of those that are ready, the
-- database says which is next.
alter table dial_attempts add column ready_at timestamptz;
create index dial_attempts_ready on dial_attempts (real_estate_agent_id, ready_at)
    where state = 'queued' and ready_at is not null;
update dial_attempts set state = 'queued', fence = fence + 1, lease_until = null where state = 'claimed';

-- When an agent was last served: the one who has waited longest is next.
create table dial_turns (
    real_estate_agent_id text primary key,
    at                   timestamptz not null
);

-- How many calls an agent has placed on a day of his own.
create table dial_days (
    real_estate_agent_id text not null,
    day                  date not null,
    placed               int not null,
    primary key (real_estate_agent_id, day)
);

-- Calls that occupy a line: those that were placed, and those that came in.
alter table live_calls add column placed boolean not null default false;
create index live_calls_lines on live_calls (direction) where placed or direction = 'inbound';
update live_calls l set placed = true
from dial_attempts a where a.call_id = l.call_id and a.state in ('posting', 'unknown', 'bound');

-- Pacing. An account of n calls per second has n slots. A request takes one; the slot comes back a second after
-- the request has been answered, because only then is it certain when it arrived at the latest. So two requests
-- with the same slot arrive a second apart, and n slots are never more than n requests in any second, however
-- late a dialer is with sending. A request that is never answered keeps its slot for longer than it may live.
--
-- What a request takes at least (quickest) is no news about when it arrived: that much of the time between slot
-- and answer does not delay the next one, once enough answers have been seen. Nine tenths of it, to be sure.
create table dial_slots (
    account  text not null,
    nth      int not null,
    free_at  timestamptz not null default '-infinity',
    attempt  text,                                    -- the last one that took it
    taken_at timestamptz,                             -- when its request was to leave
    period   interval,                                -- until the next request may
    quickest interval,
    answers  int not null default 0,
    primary key (account, nth)
) with (fillfactor = 50);
alter table dial_attempts add column slot int;
alter table dial_attempts add column voicemail_at timestamptz; -- a machine answered, and was left or left a message

create function dial_slot_back() returns trigger language plpgsql as $$
declare
    v_now constant timestamptz := clock_timestamp();
begin
    update dial_slots s
    set free_at = v_now + period - case when answers >= 8 then least(quickest * 1.001, v_now - taken_at) * 0.9
                                        else interval '0' end,
        quickest = least(quickest * 1.001, v_now - taken_at), -- it may become slower for good
        answers = least(answers + 1, 1000)
    where nth = new.slot and attempt = new.id and free_at > v_now;
    return null;
end $$;
create trigger dial_slot_back after update of state on dial_attempts for each row
    when (old.state = 'posting' and new.state <> 'posting') execute function dial_slot_back();

-- Is it between 8:00 and 21:00 in each of these zones? Not in no zone at all.
create function is_calling_time(p_at timestamptz, p_zones text[]) returns boolean language sql immutable as $$
    select coalesce(bool_and((p_at at time zone z)::time >= '08:00' and (p_at at time zone z)::time < '21:00'), false)
    from unnest(p_zones) z
$$;

-- Premium, satellite, emergency and service numbers, as common/voice/tbl/barred.h and phone_may_call() have them.
create function is_barred(p_number text) returns boolean language sql immutable parallel safe as $$
    select p_number ~ ('^\+(870|88[123]|878|979|1900|449|4470|448[47]|49900|4913[78]|491[89]|49700|338[1-9]'
        || '|3190[069]|318[47]|3480[367]|3490[12457]|3470|39[89]9|3984|39144|3916[346]|39178|39199|4390[01]|4393[019]'
        || '|43810|4382[018]|438[69]|4190[016]|4184[0248]|41878|611[39])')
        or p_number ~ '^\+1(\d11\d{7}|\d{3}\d11\d{4}|976\d{7}|\d{3}976\d{4})$'
$$;

-- The gate itself: a pure function of what is known. Null allows; what is not known (null) denies.
create function dial_verdict(p_stopped boolean, p_active boolean, p_own boolean, p_barred boolean, p_country boolean,
                             p_suppressed boolean, p_consent text, p_policy text, p_calling_time boolean,
                             p_live boolean) returns text language sql immutable parallel safe as $$
    select case
        when p_stopped then 'dialing_stopped'
        when p_active is distinct from true then 'agent_inactive' -- also when the agent is no more
        when p_stopped is null then 'dialing_stopped'
        when p_own is distinct from false then 'own_number'
        when p_barred is distinct from false then 'number_not_allowed'
        when p_country is distinct from true then 'country_not_allowed'
        when p_suppressed is distinct from false then 'do_not_call'
        when p_consent = 'refused' or p_policy is null or (p_policy <> 'attested' and p_consent is distinct from 'written')
            then 'no_consent'
        when p_calling_time is distinct from true then 'quiet_hours'
        when p_live is distinct from false then 'live_call'
    end
$$;

-- Asked for many numbers at once, because a batch has thousands: for each, in their order, the gate's word.
-- p_call is the call that is being placed, which does not stand in its own way.
create or replace function dial_gates(p_agent text, p_numbers text[], p_call text, p_countries text[])
returns setof text language plpgsql stable as $$ -- plpgsql, because it keeps its plans
begin
    return query
    with agent as materialized (
        select a.consent_policy, v.status = 'active' as active,
               exists (select from dial_stops where who in ('global', p_agent)) as stopped
        from real_estate_agents a left join voice_agents v on v.real_estate_agent_id = a.id
        where a.id = p_agent and a.deleted_at is null
    ), known as materialized (
        select w.position, w.number, area.country = any (p_countries) as country,
               coalesce((select array[c.timezone] from contacts c -- a contact's own zone wins over the number's
                         where c.real_estate_agent_id = p_agent and c.phone_number = w.number
                             and c.timezone is not null), area.zones, '{}') as zones,
               (select c.kind from consents c
                where c.real_estate_agent_id = p_agent and c.phone_number = w.number
                order by c.created_at desc, c.id desc limit 1) as consent,
               exists (select from phone_numbers n where n.phone_number = w.number and n.status <> 'released') as own,
               exists (select from suppressions s where s.phone_number = w.number and s.lifted_at is null
                       and (s.real_estate_agent_id = p_agent or s.real_estate_agent_id is null)) as suppressed,
               exists (select from live_calls l where l.real_estate_agent_id = p_agent and l.far_number = w.number
                       and l.call_id is distinct from p_call) as live
        from unnest(p_numbers) with ordinality w (number, position)
        left join lateral ( -- the longest prefix wins
            select country, zones from numbering_areas
            where prefix = any (array[substr(w.number, 2, 1), substr(w.number, 2, 2), substr(w.number, 2, 3),
                substr(w.number, 2, 4), substr(w.number, 2, 5), substr(w.number, 2, 6), substr(w.number, 2, 7)])
            order by length(prefix) desc limit 1) area on true
    ), by_day as materialized ( -- there are few zones and many numbers
        select coalesce(array_agg(z) filter (where is_calling_time(now(), array[z])), '{}') as zones
        from (select distinct unnest(zones) as z from known) zone
    )
    select dial_verdict(a.stopped, a.active, k.own, is_barred(k.number), k.country, k.suppressed, k.consent,
                        a.consent_policy, k.zones <> '{}' and k.zones <@ d.zones, k.live)
    from known k cross join by_day d left join agent a on true
    order by k.position;
end $$;

-- The attempt is the next to be placed, and nothing may be said against it now: it is committed to being posted.
create function dial_post(p_attempt text, p_call text, p_agent text, p_slot int) returns bigint
language plpgsql volatile as $$
declare
    v_fence bigint;
begin
    update dial_attempts
    set state = 'posting', fence = fence + 1, posted_at = clock_timestamp(), slot = p_slot, updated_at = now()
    where id = p_attempt and state = 'queued' returning fence into v_fence;
    if v_fence is null then
        return null; -- it was taken back at this moment
    end if;
    update live_calls set placed = true where call_id = p_call;
    insert into dial_turns values (p_agent, clock_timestamp())
    on conflict (real_estate_agent_id) do update set at = excluded.at;
    insert into dial_days as d
    select id, (now() at time zone timezone)::date, 1 from real_estate_agents where id = p_agent
    on conflict (real_estate_agent_id, day) do update set placed = d.placed + 1;
    return v_fence;
end $$;

-- The gate was asked once more and said no: the call ends before it began.
create function dial_deny(p_attempt text, p_call text, p_reason text) returns void language plpgsql volatile as $$
begin
    update dial_attempts set state = 'canceled', reason = p_reason, updated_at = now()
    where id = p_attempt and state = 'queued';
    if found then
        update calls set status = 'canceled', end_reason = p_reason, ended_at = now(), updated_at = now()
        where id = p_call and status_rank(status) < 3;
    end if;
end $$;

-- The ready attempt of the agent who was served longest ago.
create function dial_choose(out attempt text, out call text, out agent text, out from_number text, out to_number text)
language sql volatile as $$
    with recursive agents as ( -- each agent who has one, without reading all of his
        (select real_estate_agent_id as id from dial_attempts where state = 'queued' and ready_at is not null
         order by 1 limit 1)
        union all
        select (select real_estate_agent_id from dial_attempts
                where state = 'queued' and ready_at is not null and real_estate_agent_id > agents.id
                order by 1 limit 1)
        from agents where agents.id is not null
    )
    select a.id, a.call_id, a.real_estate_agent_id, a.from_number, a.to_number
    from agents left join dial_turns t on t.real_estate_agent_id = agents.id
    cross join lateral (
        select * from dial_attempts where state = 'queued' and ready_at is not null and real_estate_agent_id = agents.id
        order by ready_at limit 1) a
    order by t.at nulls first, a.ready_at limit 1
$$;

-- May a call be placed now, and which? One asker after another (the lock), so that slots, lines, turns and daily
-- caps are exact however many dialers ask. p_attempt's call.dial has come (null: just asking).
-- -> attempt: it is `posting` from now on, and its request has to leave in wait_us. Without attempt: ask again in
-- wait_us. No row: nothing is ready.
create function dial_next(p_attempt text, p_account text, p_rate float8, p_lines int, p_reserved int,
                          p_countries text[])
returns table (attempt text, fence bigint, call_id text, from_number text, to_number text, wait_us bigint)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    ahead    constant interval := '20 ms'; -- so much before its time an attempt is committed
    in_doubt constant interval := '15 s';  -- a request lives shorter than this
    n        constant int := greatest(1, floor(p_rate));
    v_period constant interval := make_interval(secs => n / p_rate);
    c        record;
    v_slot   int;
    v_at     timestamptz;
    v_reason text;
    v_fence  bigint;
begin
    update dial_attempts set ready_at = clock_timestamp()
    where id = p_attempt and state = 'queued' and ready_at is null;
    insert into dial_buckets (account) values (p_account) on conflict do nothing;
    select b.next_at into v_at from dial_buckets b where b.account = p_account for update;
    if not exists (select from dial_slots s where s.account = p_account and s.nth = n - 1) then
        insert into dial_slots (account, nth) select p_account, i from generate_series(0, n - 1) i
        on conflict do nothing;
    end if;
    for i in 1 .. 50 loop
        select * into c from dial_choose();
        if c.attempt is null then
            return;
        end if;
        select s.nth, greatest(s.free_at, v_at, clock_timestamp()) into v_slot, v_at
        from dial_slots s where s.account = p_account and s.nth < n order by s.free_at limit 1;
        if v_at > clock_timestamp() + ahead then
            return query select null, null::bigint, null, null, null,
                (extract(epoch from v_at - ahead / 2 - clock_timestamp()) * 1e6)::bigint;
            return;
        end if;
        if p_lines <= (select count(*) filter (where l.direction = 'outbound')
                              + greatest(p_reserved, count(*) filter (where l.direction = 'inbound'))
                       from live_calls l where l.placed or l.direction = 'inbound') then
            return query select null, null::bigint, null, null, null, 100000::bigint;
            return;
        end if;
        perform from dial_attempts a where a.id = c.attempt and a.state = 'queued' for update skip locked;
        if not found then -- it is being taken back: who waited here, holding p_attempt, would wait for ever
            return query select null, null::bigint, null, null, null, 5000::bigint;
            return;
        end if;
        v_reason := coalesce(dial_gate(c.agent, c.to_number, c.call, p_countries),
            (select 'daily_cap' from real_estate_agents a
             join dial_days d on d.real_estate_agent_id = a.id and d.day = (now() at time zone a.timezone)::date
             where a.id = c.agent and d.placed >= a.daily_calls));
        insert into dial_decisions (real_estate_agent_id, call_id, asked, verdict)
        values (c.agent, c.call, 'placing', coalesce(v_reason, 'allowed'));
        if v_reason is not null then
            perform dial_deny(c.attempt, c.call, v_reason);
            continue;
        end if;
        v_fence := dial_post(c.attempt, c.call, c.agent, v_slot);
        continue when v_fence is null;
        update dial_slots s
        set free_at = v_at + in_doubt + v_period, attempt = c.attempt, taken_at = v_at, period = v_period
        where s.account = p_account and s.nth = v_slot;
        update dial_buckets b set next_at = v_at + v_period * 0.9 / n where b.account = p_account; -- no bursts
        return query select c.attempt, v_fence, c.call, c.from_number, c.to_number,
            greatest(0, (extract(epoch from v_at - clock_timestamp()) * 1e6)::bigint);
        return;
    end loop;
    return query select null, null::bigint, null, null, null, 0::bigint; -- many were denied: go on
end $$;

-- The emergency stop is a row, whoever writes it: the gate reads it from then on, and the dialer hears of it.
create function dialing_halt() returns trigger language plpgsql as $$
begin
    insert into outbox (exchange, routing_key, type, tenant, body)
    values ('va.cmd', 'dialing.halt', 'dialing.halt', nullif(new.who, 'global'), jsonb_build_object('who', new.who));
    return null;
end $$;
create trigger dialing_halt after insert on dial_stops for each row execute function dialing_halt();

-- An agent may stop his own calls, and lift his own stop; not one that an admin made.
alter table dial_stops enable row level security;
alter table dial_stops force row level security;
create policy seen on dial_stops for select to va_agent using (true);
create policy own_stop on dial_stops for insert to va_agent
    with check (who = app_tenant() and by_account = app_tenant());
create policy own_start on dial_stops for delete to va_agent using (who = app_tenant() and by_account = app_tenant());
create policy others on dial_stops to va_admin, va_dialer, va_gateway, va_pipeline using (true) with check (true);
grant insert, delete on dial_stops to va_agent;

-- Rights, as in 0003.
alter table dial_decisions enable row level security;
alter table dial_decisions force row level security;
create policy tenant on dial_decisions to va_agent using (real_estate_agent_id = app_tenant())
    with check (real_estate_agent_id = app_tenant());
create policy others on dial_decisions to va_dialer, va_pipeline using (true) with check (true);
grant select, insert on dial_decisions to va_agent, va_dialer;
grant insert on dial_decisions to va_pipeline;
grant insert on audit_log to va_dialer; -- what the provider said twice and not alike
grant select, insert, update on dial_turns, dial_days, dial_slots to va_dialer;

-- migrate:down

revoke insert, delete on dial_stops from va_agent;
drop policy others on dial_stops;
drop policy own_start on dial_stops;
drop policy own_stop on dial_stops;
drop policy seen on dial_stops;
alter table dial_stops no force row level security;
alter table dial_stops disable row level security;
drop trigger dialing_halt on dial_stops;
drop function dialing_halt;
revoke insert on audit_log from va_dialer;
drop function dial_next, dial_choose, dial_deny, dial_post;
create or replace function dial_gates(p_agent text, p_numbers text[], p_call text, p_countries text[])
returns setof text language plpgsql stable as $$ -- plpgsql, because it keeps its plans
begin
    return query
    with agent as materialized (
        select a.consent_policy, v.status = 'active' as active,
               exists (select from dial_stops where who in ('global', p_agent)) as stopped
        from real_estate_agents a left join voice_agents v on v.real_estate_agent_id = a.id
        where a.id = p_agent and a.deleted_at is null
    ), known as materialized (
        select w.position, w.number, area.country,
               coalesce((select array[c.timezone] from contacts c -- a contact's own zone wins over the number's
                         where c.real_estate_agent_id = p_agent and c.phone_number = w.number
                             and c.timezone is not null), area.zones, '{}') as zones,
               (select c.kind from consents c
                where c.real_estate_agent_id = p_agent and c.phone_number = w.number
                order by c.created_at desc, c.id desc limit 1) as consent
        from unnest(p_numbers) with ordinality w (number, position)
        left join lateral ( -- the longest prefix wins
            select country, zones from numbering_areas
            where prefix = any (array[substr(w.number, 2, 1), substr(w.number, 2, 2), substr(w.number, 2, 3),
                substr(w.number, 2, 4), substr(w.number, 2, 5), substr(w.number, 2, 6), substr(w.number, 2, 7)])
            order by length(prefix) desc limit 1) area on true
    ), by_day as materialized ( -- where it is between 8:00 and 21:00
        select coalesce(array_agg(z), '{}') as zones
        from (select distinct unnest(zones) as z from known) zone
        where (now() at time zone z)::time between '08:00' and '21:00'
    )
    select case
        when a.stopped then 'dialing_stopped'
        when a.active is distinct from true then 'agent_inactive'
        when exists (select from phone_numbers n where n.phone_number = k.number and n.status <> 'released')
            then 'own_number'
        when (k.country = any (p_countries)) is distinct from true then 'country_not_allowed'
        when exists (select from suppressions s where s.phone_number = k.number and s.lifted_at is null
                     and (s.real_estate_agent_id = p_agent or s.real_estate_agent_id is null)) then 'do_not_call'
        when k.consent = 'refused' or (a.consent_policy = 'written' and k.consent is distinct from 'written')
            then 'no_consent'
        when k.zones = '{}' or not k.zones <@ (select zones from by_day) then 'quiet_hours'
        when exists (select from live_calls l where l.real_estate_agent_id = p_agent and l.far_number = k.number
                     and l.call_id is distinct from p_call) then 'live_call'
    end
    from known k left join agent a on true
    order by k.position;
end $$;
drop function dial_verdict, is_barred, is_calling_time;
drop trigger dial_slot_back on dial_attempts;
drop function dial_slot_back;
alter table dial_attempts drop column slot, drop column voicemail_at;
drop table dial_slots;
drop index live_calls_lines;
alter table live_calls drop column placed;
drop table dial_days, dial_turns;
drop index dial_attempts_ready;
alter table dial_attempts drop column ready_at;
drop trigger calls_decided on calls;
drop function calls_decided;
drop table dial_decisions;
drop trigger calls_told_opened on calls;
drop trigger calls_told on calls;
drop function calls_told_opened, calls_told;
