-- migrate:up

-- What runs for every call that is placed keeps its plan: a function in plpgsql does, one in SQL is planned at each
-- call, which took longer than what it did. A kept plan may be as old as the tables' first row, when reading all of one
-- seemed cheapest, so these may not.

create index live_calls_far on live_calls (real_estate_agent_id, far_number);

-- One plan for one number and for ten thousand: each is looked up by index. Without the offsets the planner reads all
-- that an agent has on its lists, and looks the numbers up in that.
create or replace function dial_gates(p_agent text, p_numbers text[], p_call text, p_countries text[])
returns setof text language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
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
               exists (select from phone_numbers n where n.phone_number = w.number and n.status <> 'released' offset 0) as own,
               exists (select from suppressions s where s.phone_number = w.number and s.lifted_at is null
                       and (s.real_estate_agent_id = p_agent or s.real_estate_agent_id is null) offset 0) as suppressed,
               exists (select from live_calls l where l.real_estate_agent_id = p_agent and l.far_number = w.number
                       and l.call_id is distinct from p_call offset 0) as live
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

create or replace function is_calling_time(p_at timestamptz, p_zones text[]) returns boolean
language plpgsql immutable as $$
begin
    return (select coalesce(bool_and((p_at at time zone z)::time >= '08:00' and (p_at at time zone z)::time < '21:00'), false)
            from unnest(p_zones) z);
end $$;

create or replace function dial_choose(out attempt text, out call text, out agent text, out from_number text, out to_number text)
language plpgsql volatile set enable_seqscan = off as $$
#variable_conflict use_column
begin
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
    into attempt, call, agent, from_number, to_number
    from agents left join dial_turns t on t.real_estate_agent_id = agents.id
    cross join lateral (
        select * from dial_attempts where state = 'queued' and ready_at is not null and real_estate_agent_id = agents.id
        order by ready_at limit 1) a
    order by t.at nulls first, a.ready_at limit 1;
end $$;

create or replace function batches_tell(p_batches text[]) returns void
language plpgsql volatile set enable_seqscan = off as $$
begin
    insert into outbox (id, exchange, routing_key, type, tenant, body, not_before)
    select case when pg_try_advisory_xact_lock(hashtextextended(w.id, 0)) then w.id else uuid7() end,
           'va.evt', 'batch.changed', 'batch.changed', b.real_estate_agent_id,
           jsonb_build_object('batch_id', b.id, 'real_estate_agent_id', b.real_estate_agent_id),
           to_timestamp(second + 1.5)
    from batches b, cast(floor(extract(epoch from clock_timestamp())) as bigint) second,
         lateral (select second_id(b.id, second) as id) w
    where b.id = any (p_batches)
    on conflict do nothing;
end $$;

create or replace function batch_open(b batches, p_n int, p_due timestamptz, p_countries text[],
                           out looked bigint, out attempt text)
language plpgsql volatile set enable_seqscan = off as $$
#variable_conflict use_column
begin
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
    select count(*), (array_agg(attempt_id order by position desc) filter (where reason is null))[1]
    into looked, attempt from verdict;
end $$;

create or replace function calls_note_numbers() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    insert into number_endings (real_estate_agent_id, ending, far_number)
    select agent, substr(digits, i), far
    from (select distinct real_estate_agent_id as agent, far_number(direction, from_number, to_number) as far,
                 regexp_replace(far_number(direction, from_number, to_number), '\D', '', 'g') as digits
          from opened) n
    cross join lateral generate_series(1, length(digits) - 2) i
    where not exists (select from number_endings e where e.real_estate_agent_id = agent
                      and e.ending = digits and e.far_number = far offset 0)
    on conflict do nothing;
    return null;
end $$;

-- An attempt is found by its id. Were its state compared with =, the index of those that wait would do too, and it is
-- empty whenever the planner looks.
create or replace function dial_post(p_attempt text, p_call text, p_agent text, p_slot int) returns bigint
language plpgsql volatile as $$
declare
    v_fence bigint;
begin
    update dial_attempts
    set state = 'posting', fence = fence + 1, posted_at = clock_timestamp(), arrived_at = null, slot = p_slot, updated_at = now()
    where id = p_attempt and state is not distinct from 'queued' returning fence into v_fence;
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

-- Nobody asks for the account's row but by its lock: who inserts it, in vain, waits with all others for whoever has it,
-- and is woken with all of them. It tells of one row: of the thousand that the planner would suppose the calls are looked
-- up by reading all there are.
create or replace function dial_next(p_attempt text, p_account text, p_rate float8, p_lines int, p_reserved int,
                          p_countries text[])
returns table (attempt text, fence bigint, call_id text, from_number text, to_number text, wait_us bigint,
              at_us bigint)
language plpgsql volatile rows 1 as $$
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
    where id = p_attempt and state is not distinct from 'queued' and ready_at is null;
    select b.next_at into v_at from dial_buckets b where b.account = p_account for update;
    if not found then
        insert into dial_buckets (account) values (p_account) on conflict do nothing;
        select b.next_at into v_at from dial_buckets b where b.account = p_account for update;
    end if;
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
        perform from dial_attempts a where a.id = c.attempt and a.state is not distinct from 'queued' for update skip locked;
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

-- migrate:down

create or replace function dial_next(p_attempt text, p_account text, p_rate float8, p_lines int, p_reserved int,
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

create or replace function calls_note_numbers() returns trigger language plpgsql as $$
begin
    insert into number_endings (real_estate_agent_id, ending, far_number)
    select agent, substr(digits, i), far
    from (select distinct real_estate_agent_id as agent, far_number(direction, from_number, to_number) as far,
                 regexp_replace(far_number(direction, from_number, to_number), '\D', '', 'g') as digits
          from opened) n
    cross join lateral generate_series(1, length(digits) - 2) i
    where not exists (select from number_endings e where e.real_estate_agent_id = agent
                      and e.ending = digits and e.far_number = far)
    on conflict do nothing;
    return null;
end $$;

create or replace function dial_choose(out attempt text, out call text, out agent text, out from_number text, out to_number text)
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

create or replace function batches_tell(p_batches text[]) returns void language sql volatile as $$
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

create or replace function batch_open(b batches, p_n int, p_due timestamptz, p_countries text[],
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
create or replace function is_calling_time(p_at timestamptz, p_zones text[]) returns boolean language sql immutable as $$
    select coalesce(bool_and((p_at at time zone z)::time >= '08:00' and (p_at at time zone z)::time < '21:00'), false)
    from unnest(p_zones) z
$$;
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
drop index live_calls_far;
