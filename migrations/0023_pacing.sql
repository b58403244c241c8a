-- migrate:up

-- Pacing, to the millisecond. An account of n calls per second has n slots, as before (0015), and a slot is free
-- again a second after its request had arrived at the latest. What is new is how well that is known: the dialer
-- says when the answer came (by the database's clock, of which it knows the bounds), less what every answer takes.
-- So n slots are never more than n requests in any second where they arrive, however late a dialer is with sending
-- or a network with carrying; and n slots reach n per second but for what answers vary in the time they take.
alter table dial_attempts add column arrived_at timestamptz;
drop trigger dial_slot_back on dial_attempts;
create or replace function dial_slot_back() returns trigger language plpgsql as $$
begin
    update dial_slots s set free_at = new.arrived_at + s.period
    where s.nth = new.slot and s.attempt = new.id and s.free_at > new.arrived_at + s.period;
    return null;
end $$;
create trigger dial_slot_back after update of arrived_at on dial_attempts for each row
    when (new.arrived_at is distinct from old.arrived_at and new.arrived_at is not null)
    execute function dial_slot_back();
alter table dial_slots drop column taken_at, drop column quickest, drop column answers;

-- The attempt is the next to be placed, and nothing may be said against it now: it is committed to being posted.
create or replace function dial_post(p_attempt text, p_call text, p_agent text, p_slot int) returns bigint
language plpgsql volatile as $$
declare
    v_fence bigint;
begin
    update dial_attempts
    set state = 'posting', fence = fence + 1, posted_at = clock_timestamp(), arrived_at = null, slot = p_slot, updated_at = now()
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

drop function dial_next;
-- May a call be placed now, and which? One asker after another (the lock), so that slots, lines, turns and daily
-- caps are exact however many dialers ask. p_attempt's call.dial has come (null: just asking).
-- -> attempt: it is `posting` from now on, and its request has to leave at at_us (microseconds since 1970 of our
-- clock), 600 ms later at the latest, or not at all. Without attempt: ask again in wait_us. No row: nothing is ready.
create function dial_next(p_attempt text, p_account text, p_rate float8, p_lines int, p_reserved int,
                          p_countries text[])
returns table (attempt text, fence bigint, call_id text, from_number text, to_number text, wait_us bigint,
              at_us bigint)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    ahead    constant interval := '300 ms'; -- so much before its time an attempt is committed: time to connect
    in_doubt constant interval := '15 s';   -- a request lives shorter than this
    n        constant int := greatest(1, floor(p_rate));
    v_period constant interval := make_interval(secs => n / p_rate);
    c        record;
    v_slot   int;
    v_free   timestamptz;
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
        select s.nth, s.free_at, greatest(s.free_at, v_at, clock_timestamp()) into v_slot, v_free, v_at
        from dial_slots s where s.account = p_account and s.nth < n order by s.free_at limit 1;
        if v_at > clock_timestamp() + ahead then
            return query select null, null::bigint, null, null, null,
                (extract(epoch from v_at - ahead / 2 - clock_timestamp()) * 1e6)::bigint, null::bigint;
            return;
        end if;
        if p_lines <= (select count(*) filter (where l.direction = 'outbound')
                              + greatest(p_reserved, count(*) filter (where l.direction = 'inbound'))
                       from live_calls l where l.placed or l.direction = 'inbound') then
            return query select null, null::bigint, null, null, null, 100000::bigint, null::bigint;
            return;
        end if;
        perform from dial_attempts a where a.id = c.attempt and a.state = 'queued' for update skip locked;
        if not found then -- it is being taken back: who waited here, holding p_attempt, would wait for ever
            return query select null, null::bigint, null, null, null, 5000::bigint, null::bigint;
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
        set free_at = v_at + in_doubt + v_period, attempt = c.attempt, period = v_period
        where s.account = p_account and s.nth = v_slot;
        -- No bursts: slots that are all free are taken at even distances. Later the seconds between their requests
        -- keep them apart; what one of them has lost is not the next one's loss.
        update dial_buckets b
        set next_at = v_at + v_period / n * case when v_free < clock_timestamp() then 1 else 0.3 end
        where b.account = p_account;
        return query select c.attempt, v_fence, c.call, c.from_number, c.to_number,
            0::bigint, (extract(epoch from v_at) * 1e6)::bigint;
        return;
    end loop;
    return query select null, null::bigint, null, null, null, 0::bigint, null::bigint; -- many were denied: go on
end $$;

-- Who is to be hung up and has no name yet at the provider (its answer is awaited, or was lost), is hung up as
-- soon as he has one.
create function calls_hang_up() returns trigger language plpgsql as $$
begin
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.cmd', 'call.hangup', 'call.hangup', n.real_estate_agent_id, n.id,
           jsonb_build_object('call_id', n.id, 'reason', n.end_reason)
    from new_calls n join old_calls o using (id)
    where n.twilio_call_sid is not null and o.twilio_call_sid is null and status_rank(n.status) < 3
      and n.end_reason in ('hung_up', 'dialing_stopped');
    return null;
end $$;
create trigger calls_hang_up after update on calls referencing old table as old_calls new table as new_calls
    for each statement execute function calls_hang_up();

-- Of a call that was refused at once there is no row, only the decision; its number is known again by a hash that is
-- another one for each agent.
create function number_hash(p_agent text, p_number text) returns text language sql immutable parallel safe as $$
    select encode(sha256(convert_to(p_agent || ' ' || p_number, 'UTF8')), 'hex')
$$;
create index dial_decisions_number on dial_decisions (number_hash, id) where number_hash is not null;

-- As common/voice/tbl/barred.h has it: 3989, and not 3999.
create or replace function is_barred(p_number text) returns boolean language sql immutable parallel safe as $$
    select p_number ~ ('^\+(870|88[123]|878|979|1900|449|4470|448[47]|49900|4913[78]|491[89]|49700|338[1-9]'
        || '|3190[069]|318[47]|3480[367]|3490[12457]|3470|3989|3984|39144|3916[346]|39178|39199|4390[01]|4393[019]'
        || '|43810|4382[018]|438[69]|4190[016]|4184[0248]|41878|611[39])')
        or p_number ~ '^\+1(\d11\d{7}|\d{3}\d11\d{4}|976\d{7}|\d{3}976\d{4})$'
$$;

-- migrate:down

create or replace function is_barred(p_number text) returns boolean language sql immutable parallel safe as $$
    select p_number ~ ('^\+(870|88[123]|878|979|1900|449|4470|448[47]|49900|4913[78]|491[89]|49700|338[1-9]'
        || '|3190[069]|318[47]|3480[367]|3490[12457]|3470|39[89]9|3984|39144|3916[346]|39178|39199|4390[01]|4393[019]'
        || '|43810|4382[018]|438[69]|4190[016]|4184[0248]|41878|611[39])')
        or p_number ~ '^\+1(\d11\d{7}|\d{3}\d11\d{4}|976\d{7}|\d{3}976\d{4})$'
$$;
drop index dial_decisions_number;
drop function number_hash;
drop trigger calls_hang_up on calls;
drop function calls_hang_up;

drop function dial_next;
alter table dial_slots add column taken_at timestamptz, add column quickest interval,
    add column answers int not null default 0;
drop trigger dial_slot_back on dial_attempts;
create or replace function dial_slot_back() returns trigger language plpgsql as $$
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
-- The attempt is the next to be placed, and nothing may be said against it now: it is committed to being posted.
create or replace function dial_post(p_attempt text, p_call text, p_agent text, p_slot int) returns bigint
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
alter table dial_attempts drop column arrived_at;
