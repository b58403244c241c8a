-- migrate:up

-- What makes any page of any filtered list of calls cost about the same, however many calls there are.
--
-- The rule: nothing here may touch what a status update changes. An index over calls.status, a partial one
-- too (the columns of its predicate count), takes from every status update its HOT path: then each of them
-- writes into all indexes of calls. So what changes is kept beside the table: call_marks has a row per call
-- and final status, written once, when the call ends, and one when it gets its recording. Indexes on calls
-- itself are over columns that never change: they cost the insert only.

create table call_marks (
    real_estate_agent_id text not null,
    mark                 text not null,               -- a final status, or 'recorded'
    created_at           timestamptz not null,        -- the call's
    call_id              text not null,
    primary key (real_estate_agent_id, mark, created_at, call_id)
);

-- The other side's number. What an agent looks for is never his own.
create function far_number(direction text, from_number text, to_number text) returns text
language sql immutable parallel safe as $$
    select case direction when 'inbound' then from_number else to_number end
$$;

-- Every number an agent has had to do with, once per ending of it: "contains" is then "one of the endings
-- begins with". A trigram index cannot serve here: like is not leakproof, so row security keeps it from
-- being asked before the tenant has been checked row by row; comparisons are.
create table number_endings (
    real_estate_agent_id text not null,
    ending               text collate "C" not null,   -- at least three digits
    far_number           text not null,
    primary key (real_estate_agent_id, ending, far_number)
);

create index calls_direction on calls (real_estate_agent_id, direction, created_at desc, id desc);
create index calls_far_number on calls (real_estate_agent_id, far_number(direction, from_number, to_number),
                                        created_at desc, id desc);
-- The other half of the bargain: a status update also sets live_calls.check_at, whose index cost it the HOT
-- path there. Without it a call's updates cost what they did before call_marks (measured at a million calls,
-- 1.0 in sum); the reconciler looks through this small table every half minute.
drop index live_calls_check;
alter table live_calls set (fillfactor = 70);

-- For admins, who see all tenants' calls in one list; it also does what the index on created_at alone did.
drop index idx_calls_created_at;
create index idx_calls_created_at on calls (created_at desc, id desc);

-- Whatever statement changes a call, its marks follow. Three small functions with a condition each, because
-- a status update that ends nothing must not pay for them, and one that does pays for a single insert.
create function calls_mark_status() returns trigger language plpgsql as $$
begin
    insert into call_marks (real_estate_agent_id, mark, created_at, call_id)
    values (new.real_estate_agent_id, new.status, new.created_at, new.id);
    return null;
end $$;

create function calls_mark_recorded() returns trigger language plpgsql as $$
begin
    insert into call_marks (real_estate_agent_id, mark, created_at, call_id)
    values (new.real_estate_agent_id, 'recorded', new.created_at, new.id);
    return null;
end $$;

create function calls_unmark() returns trigger language plpgsql as $$
begin
    delete from call_marks
    where real_estate_agent_id = old.real_estate_agent_id and created_at = old.created_at and call_id = old.id
        and (tg_op = 'DELETE' or mark = old.status and new.status <> old.status
             or mark = 'recorded' and new.recording_url is null);
    return null;
end $$;

create trigger calls_1_unmark after update of status, recording_url on calls for each row
    when ((old.status <> new.status and old.status in ('completed', 'failed', 'busy', 'no-answer', 'canceled'))
          or (old.recording_url is not null and new.recording_url is null))
    execute function calls_unmark();
create trigger calls_2_mark_status after update of status on calls for each row
    when (old.status <> new.status and new.status in ('completed', 'failed', 'busy', 'no-answer', 'canceled'))
    execute function calls_mark_status();
create trigger calls_mark_opened after insert on calls for each row
    when (new.status in ('completed', 'failed', 'busy', 'no-answer', 'canceled')) execute function calls_mark_status();
create trigger calls_mark_recorded after update of recording_url on calls for each row
    when (old.recording_url is null and new.recording_url is not null) execute function calls_mark_recorded();
create trigger calls_mark_opened_recorded after insert on calls for each row
    when (new.recording_url is not null) execute function calls_mark_recorded();
create trigger calls_unmark after delete on calls for each row execute function calls_unmark();

-- The endings of the numbers of new calls, a whole statement's at once; two people who ring each other for
-- the first time twice at once are no conflict.
create function calls_note_numbers() returns trigger language plpgsql as $$
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
create trigger calls_note_numbers after insert on calls referencing new table as opened
    for each statement execute function calls_note_numbers();

insert into call_marks (real_estate_agent_id, mark, created_at, call_id)
select c.real_estate_agent_id, m.mark, c.created_at, c.id
from calls c
cross join lateral (select c.status as mark where status_rank(c.status) = 3
                    union all select 'recorded' where c.recording_url is not null) m;

insert into number_endings (real_estate_agent_id, ending, far_number)
select distinct real_estate_agent_id, substr(regexp_replace(far, '\D', '', 'g'), i), far
from (select distinct real_estate_agent_id, far_number(direction, from_number, to_number) as far from calls) known
cross join lateral generate_series(1, length(regexp_replace(far, '\D', '', 'g')) - 2) i;

-- Rights, as in 0003: the tenant sees his own; whoever may write calls writes what follows from them.
-- Admins may ask for a status, not who has a recording, nor for numbers.
do $$
declare t text;
begin
    foreach t in array array['call_marks', 'number_endings'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to va_agent using (real_estate_agent_id = app_tenant())
                        with check (real_estate_agent_id = app_tenant())', t);
        execute format('create policy others on %I to va_dialer, va_pipeline using (true) with check (true)', t);
    end loop;
end $$;
create policy statuses on call_marks for select to va_admin using (mark <> 'recorded');
grant select, insert, delete on call_marks to va_agent, va_dialer, va_pipeline;
grant select on call_marks to va_admin;
grant select, insert on number_endings to va_agent, va_dialer, va_pipeline;

-- Lists -------------------------------------------------------------------------------------------
--
-- Each filter has the index it is walked by, newest first; what remains is tested call by call. The plans
-- are fixed: with limits and filters for parameters the planner would guess at a tenth of the table.

-- "2026-11-22" begins (p_add 0) or ends (p_add 1) a day of that zone; anything else is a time of its own.
create function list_bound(p_text text, p_add int, p_zone text) returns timestamptz language sql stable as $$
    select case when length(p_text) = 10 then (p_text::date + p_add)::timestamp at time zone p_zone
                else p_text::timestamptz end
$$;

create function list_moment(p_micros text) returns timestamptz language sql immutable as $$
    select timestamptz 'epoch' + p_micros::bigint * interval '1 microsecond'
$$;

-- Which day's end a page that far back begins after, and how many calls are left to skip there: the daily
-- figures know how many each day has, so a deep page costs its own day. Null: walk all the way.
create function list_jump(p_agent text, p_status text, p_skip bigint, out day date, out rest bigint)
language sql stable as $$
    select d.day, p_skip - d.before
    from (select f.day, f.n, sum(f.n) over (order by f.day desc) - f.n as before
          from (select s.day, case when p_status is null then s.total_calls
                                   else coalesce((s.calls_by_status ->> p_status)::int, 0) end as n
                from call_stats_daily s where s.real_estate_agent_id = p_agent) f) d
    where p_skip >= d.before and p_skip < d.before + d.n
$$;

create function calls_find(p_agent text, p_from text, p_to text, p_micros text, p_id text, p_limit int,
                           p_skip bigint, p_status text, p_direction text, p_recorded boolean, p_digits text,
                           p_contact text, p_batch text)
returns table (created_at timestamptz, id text) language plpgsql stable rows 20
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
    zone   text := (select timezone from real_estate_agents where id = p_agent);
    lo     timestamptz := coalesce(list_bound(p_from, 0, zone), '-infinity');
    hi     timestamptz := coalesce(list_bound(p_to, 1, zone), 'infinity');
    before text := '';
    v_mark text := case when p_status is not null and status_rank(p_status) = 3 then p_status
                        when p_status is null and p_recorded then 'recorded' end;
    plain  boolean := p_direction is null and p_digits is null and p_contact is null and p_batch is null
                      and (p_recorded is null or v_mark is not distinct from 'recorded');
    jump   record;
begin
    if p_micros is not null and list_moment(p_micros) < hi then
        hi := list_moment(p_micros);
        before := p_id;
    elsif p_skip > 1000 and plain and p_from is null and p_to is null and (v_mark is null or v_mark <> 'recorded')
        and (p_status is null or v_mark is not null) then
        select * into jump from list_jump(p_agent, p_status, p_skip);
        if jump.day is not null then
            hi := (jump.day + 1)::timestamp at time zone zone;
            p_skip := jump.rest;
        end if;
    end if;

    if p_contact is not null or p_batch is not null then -- as many as one contact or one batch has
        return query
        with picked as materialized (
            select c.* from calls c where p_contact is not null and c.contact_id = p_contact
            union all
            select c.* from calls c where p_contact is null and c.batch_id = p_batch
        )
        select c.created_at, c.id from picked c
        where c.real_estate_agent_id = p_agent and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_batch is null or c.batch_id = p_batch)
            and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif length(p_digits) >= 3 and (
            select count(*) from (select distinct far_number from number_endings
                                  where real_estate_agent_id = p_agent and ending >= p_digits
                                      and ending < p_digits || ':' limit 201) few) <= 200 then
        return query
        select k.created_at, k.id
        from (select distinct far_number from number_endings
              where real_estate_agent_id = p_agent and ending >= p_digits and ending < p_digits || ':') n
        cross join lateral (
            select c.created_at, c.id from calls c
            where c.real_estate_agent_id = p_agent
                and far_number(c.direction, c.from_number, c.to_number) = n.far_number
                and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
                and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
                and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            order by c.created_at desc, c.id desc limit p_skip + p_limit) k
        order by k.created_at desc, k.id desc offset p_skip limit p_limit;
    elsif v_mark is not null and plain then
        return query
        select m.created_at, m.call_id from call_marks m
        where m.real_estate_agent_id = p_agent and m.mark = v_mark
            and m.created_at >= lo and (m.created_at, m.call_id) < (hi, before)
        order by m.created_at desc, m.call_id desc offset p_skip limit p_limit;
    elsif v_mark is not null then
        return query
        select m.created_at, m.call_id from call_marks m join calls c on c.id = m.call_id
        where m.real_estate_agent_id = p_agent and c.real_estate_agent_id = p_agent and m.mark = v_mark
            and m.created_at >= lo and (m.created_at, m.call_id) < (hi, before)
            and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by m.created_at desc, m.call_id desc offset p_skip limit p_limit;
    elsif p_status is not null then -- it has not ended
        return query
        select c.created_at, c.id from live_calls l join calls c on c.id = l.call_id
        where l.real_estate_agent_id = p_agent and c.real_estate_agent_id = p_agent and c.status = p_status
            and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif p_direction is not null then
        return query
        select c.created_at, c.id from calls c
        where c.real_estate_agent_id = p_agent and c.direction = p_direction
            and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif not plain then
        return query
        select c.created_at, c.id from calls c
        where c.real_estate_agent_id = p_agent and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    else
        return query
        select c.created_at, c.id from calls c
        where c.real_estate_agent_id = p_agent and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    end if;
end $$;

-- The same for admins, over the columns they may read. Without an agent: over all of them.
create function calls_find_admin(p_agent text, p_from text, p_to text, p_micros text, p_id text, p_limit int,
                                 p_skip bigint, p_status text, p_direction text, p_batch text)
returns table (created_at timestamptz, id text) language plpgsql stable rows 20
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
    zone   text := coalesce((select timezone from real_estate_agents where id = p_agent), 'UTC');
    lo     timestamptz := coalesce(list_bound(p_from, 0, zone), '-infinity');
    hi     timestamptz := coalesce(list_bound(p_to, 1, zone), 'infinity');
    before text := '';
begin
    if p_micros is not null and list_moment(p_micros) < hi then
        hi := list_moment(p_micros);
        before := p_id;
    end if;
    if p_batch is not null then
        return query
        with picked as materialized (
            select c.id, c.created_at, c.real_estate_agent_id, c.status, c.direction from calls c
            where c.batch_id = p_batch
        )
        select c.created_at, c.id from picked c
        where (p_agent is null or c.real_estate_agent_id = p_agent)
            and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif p_status is not null and status_rank(p_status) = 3 then
        return query
        select k.created_at, k.id
        from (select real_estate_agent_id as agent from voice_agents
              where p_agent is null or real_estate_agent_id = p_agent) a
        cross join lateral (
            select m.created_at, m.call_id as id from call_marks m
            where m.real_estate_agent_id = a.agent and m.mark = p_status
                and m.created_at >= lo and (m.created_at, m.call_id) < (hi, before)
                and (p_direction is null or p_direction = (select c.direction from calls c where c.id = m.call_id))
            order by m.created_at desc, m.call_id desc limit p_skip + p_limit) k
        order by k.created_at desc, k.id desc offset p_skip limit p_limit;
    elsif p_status is not null then
        return query
        select c.created_at, c.id from live_calls l join calls c on c.id = l.call_id
        where (p_agent is null or c.real_estate_agent_id = p_agent) and c.status = p_status
            and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_direction is null or c.direction = p_direction)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif p_agent is not null then
        return query
        select c.created_at, c.id from calls c
        where c.real_estate_agent_id = p_agent and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_direction is null or c.direction = p_direction)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    else
        return query
        select c.created_at, c.id from calls c
        where c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_direction is null or c.direction = p_direction)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    end if;
end $$;

-- What the daily figures say: null when they do not know this filter. Days are whole days of the agent's.
create function list_figure(p_agent text, p_from text, p_to text, p_status text, p_direction text)
returns bigint language plpgsql stable as $$
begin
    if length(p_from) <> 10 or length(p_to) <> 10 or (p_status is not null and p_direction is not null)
        or status_rank(p_status) < 3 then
        return null;
    end if;
    return (select sum(case when p_status is not null then coalesce((calls_by_status ->> p_status)::int, 0)
                            when p_direction = 'inbound' then inbound_calls
                            when p_direction = 'outbound' then total_calls - inbound_calls
                            else total_calls end)
            from call_stats_daily
            where (p_agent is null or real_estate_agent_id = p_agent)
                and (p_from is null or day >= p_from::date) and (p_to is null or day <= p_to::date));
end $$;

-- How many there are: counted, up to 1,000; beyond, the figures tell, which are at most a second old; where
-- they do not know, it is more than 1,000 and no more is said (exact is false).
create function calls_total(p_agent text, p_from text, p_to text, p_status text, p_direction text,
                            p_recorded boolean, p_digits text, p_contact text, p_batch text,
                            out total bigint, out exact boolean)
language plpgsql stable as $$
begin
    if p_recorded is null and p_digits is null and p_contact is null and p_batch is null then
        total := list_figure(p_agent, p_from, p_to, p_status, p_direction);
    end if;
    exact := true;
    if total is null or total < 1000 then
        select greatest(count(*), total) into total
        from calls_find(p_agent, p_from, p_to, null, null, 1001, 0, p_status, p_direction, p_recorded, p_digits,
                        p_contact, p_batch);
        exact := total <= 1000;
        total := least(total, 1000);
    end if;
end $$;

create function calls_total_admin(p_agent text, p_from text, p_to text, p_status text, p_direction text,
                                  p_batch text, out total bigint, out exact boolean)
language plpgsql stable as $$
begin
    if p_batch is null then
        total := list_figure(p_agent, p_from, p_to, p_status, p_direction);
    end if;
    exact := true;
    if total is null or total < 1000 then
        select greatest(count(*), total) into total
        from calls_find_admin(p_agent, p_from, p_to, null, null, 1001, 0, p_status, p_direction, p_batch);
        exact := total <= 1000;
        total := least(total, 1000);
    end if;
end $$;

-- migrate:down

drop function calls_total_admin, calls_total, list_figure, calls_find_admin, calls_find, list_jump, list_moment,
    list_bound;
drop trigger calls_note_numbers on calls;
drop trigger calls_unmark on calls;
drop trigger calls_mark_opened_recorded on calls;
drop trigger calls_mark_recorded on calls;
drop trigger calls_mark_opened on calls;
drop trigger calls_2_mark_status on calls;
drop trigger calls_1_unmark on calls;
drop function calls_note_numbers, calls_unmark, calls_mark_recorded, calls_mark_status;
drop index calls_far_number, calls_direction, idx_calls_created_at;
create index idx_calls_created_at on calls (created_at);
alter table live_calls reset (fillfactor);
create index live_calls_check on live_calls (check_at);
drop table number_endings, call_marks;
drop function far_number;
