-- migrate:up

-- Statistics in three floors, each counted from the one below, so that what is read is a few rows and what is
-- recounted is little, however many calls there are: a slot is a quarter of an hour of an agent's calls,
-- counted from calls; a day (call_stats_daily) is the sum of its slots, a month of its days. Quarters of an
-- hour, because every zone's midnight falls on one, before and after its clocks change.
--
-- Nothing is ever added to a figure: a change of a call recounts its slot, its day and its month. So a change
-- that is told twice, late or in another order counts once; and `./dev recount` can prove it.

-- The figures of a slot or day are one object: {"completed in": 3, "hour 9 in": 4, "duration 21": 2, ...}.
create table call_stats_slots (
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    slot                 timestamptz not null,
    figures              jsonb not null,
    total_calls          int not null,
    inbound_calls        int not null,
    recorded_calls       int not null,
    calls_by_status      jsonb not null,
    inbound_by_status    jsonb not null,
    primary key (real_estate_agent_id, slot)
);

-- Maps are texts such as "9:4 10:17" or "busy:1 completed:3": the reader adds them up, 31 rows in a few
-- microseconds.
alter table call_stats_daily
    add column figures jsonb not null default '{}',
    add column inbound_by_status jsonb not null default '{}',
    add column answered_calls int not null default 0,
    add column recorded_calls int not null default 0,
    add column statuses text not null default '',
    add column outcomes text not null default '',
    add column hours text not null default '',         -- local hour of the day
    add column inbound_hours text not null default '',
    add column durations text not null default '',     -- of completed calls, by stats_bucket(seconds)
    add column latency_answered text not null default '', -- of spoken turns, by stats_bucket(ms)
    add column latency_llm text not null default '',
    add column latency_tts text not null default '';

create index call_stats_daily_day on call_stats_daily (day); -- of all agents

-- For the totals of lists, which are over all time.
create table call_stats_monthly (
    real_estate_agent_id text not null references real_estate_agents (id) on delete cascade,
    month                date not null,
    total_calls          int not null,
    inbound_calls        int not null,
    recorded_calls       int not null,
    calls_by_status      jsonb not null,
    inbound_by_status    jsonb not null,
    primary key (real_estate_agent_id, month)
);

-- Four buckets to a power of two: 0 to 7 each their own, then 8, 10, 12, 14, 16, 20, ... The bucket's number is
-- how many bounds the value has reached.
create function stats_bucket(p_value numeric) returns int language sql immutable parallel safe as $$
    select width_bucket(least(greatest(p_value, 0), 1e6)::int, '{1,2,3,4,5,6,7,8,10,12,14,16,20,24,28,32,40,48,56,
        64,80,96,112,128,160,192,224,256,320,384,448,512,640,768,896,1024,1280,1536,1792,2048,2560,3072,3584,4096,
        5120,6144,7168,8192,10240,12288,14336,16384,20480,24576,28672,32768,40960,49152,57344,65536,81920,98304,
        114688,131072,163840,196608,229376,262144,327680,393216,458752,524288,655360,786432,917504}'::int[])
$$;

create function stats_slot(p_at timestamptz) returns timestamptz language sql immutable parallel safe as $$
    select date_bin('15 minutes', p_at, timestamptz '2000-01-01 00:00Z')
$$;

-- The figures of an agent's calls of a stretch of time, from the calls themselves, slot by slot. These functions
-- are plpgsql where that is all they gain by it: it keeps its plans.
create function stats_figures(p_agent text, p_from timestamptz, p_to timestamptz, p_zone text)
returns table (slot timestamptz, figures jsonb) language plpgsql stable as $$
#variable_conflict use_column
begin
    return query
    with mine as materialized (
        select c.id, stats_slot(c.created_at) as slot, c.status,
               case c.direction when 'inbound' then ' in' else ' out' end as way, c.duration_seconds,
               extract(hour from c.created_at at time zone p_zone)::int as hour,
               c.answered_at is not null or c.status in ('in-progress', 'completed') as answered
        from calls c
        where c.real_estate_agent_id = p_agent and c.created_at >= p_from and c.created_at < p_to
    ), figure (slot, name, n) as (
        select slot, status || way, count(*) from mine group by 1, 2
        union all select slot, 'seconds', sum(duration_seconds) from mine group by 1
        union all select slot, 'answered', count(*) filter (where answered) from mine group by 1
        union all select slot, 'hour ' || hour || way, count(*) from mine group by 1, 2
        union all select slot, 'duration ' || stats_bucket(duration_seconds), count(*) from mine
                  where status = 'completed' group by 1, 2
        union all select stats_slot(m.created_at), 'recorded', count(*) from call_marks m
                  where m.real_estate_agent_id = p_agent and m.mark = 'recorded'
                      and m.created_at >= p_from and m.created_at < p_to group by 1
        union all select slot, 'outcome ' || r.outcome, count(*)
                  from mine join call_results r on r.call_id = mine.id and r.outcome is not null group by 1, 2
        union all select slot, part || stats_bucket((t.latency ->> key)::numeric), count(*)
                  from mine join call_turns t on t.call_id = mine.id and t.role = 'agent',
                      (values ('turn ', 'answered_ms'), ('llm ', 'llm_first_ms'), ('tts ', 'tts_first_ms'))
                          as p (part, key)
                  where jsonb_typeof(t.latency -> key) = 'number' group by 1, 2
    )
    select f.slot, jsonb_object_agg(f.name, f.n) filter (where f.n <> 0) from figure f group by 1;
end $$;

-- The same of the whole stretch.
create function stats_count(p_agent text, p_from timestamptz, p_to timestamptz, p_zone text) returns jsonb
language plpgsql stable as $$
begin
    return (select coalesce(jsonb_object_agg(key, n), '{}')
            from (select key, sum(value::bigint) as n
                  from stats_figures(p_agent, p_from, p_to, p_zone) f, jsonb_each_text(f.figures) group by 1) sums);
end $$;

create function stats_sum(p_figures jsonb, p_like text) returns bigint language plpgsql immutable parallel safe as $$
begin
    return (select coalesce(sum(value::bigint), 0)::bigint from jsonb_each_text(p_figures) where key like p_like);
end $$;

-- {"completed in": 3, "completed out": 2} is {"completed": 5}, or of the inbound ones {"completed": 3}.
create function stats_statuses(p_figures jsonb, p_like text) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    return (
        select coalesce(jsonb_object_agg(status, n), '{}')
        from (select split_part(key, ' ', 1) as status, sum(value::bigint) as n from jsonb_each_text(p_figures)
              where split_part(key, ' ', 1) in ('queued', 'initiated', 'ringing', 'in-progress', 'completed', 'failed',
                  'busy', 'no-answer', 'canceled') and key like p_like group by 1) s);
end $$;

create function stats_map(p_figures jsonb, p_name text, p_way text) returns text
language plpgsql immutable parallel safe as $$
begin
    return (
        select coalesce(string_agg(bucket || ':' || n, ' ' order by bucket), '')
        from (select split_part(key, ' ', 2)::int as bucket, sum(value::bigint) as n from jsonb_each_text(p_figures)
              where split_part(key, ' ', 1) = p_name and p_way in ('', split_part(key, ' ', 3)) group by 1) b);
end $$;

-- A slot's row from its figures.
create function stats_slot_write(p_agent text, p_slot timestamptz, p_figures jsonb) returns void
language sql volatile as $$
    insert into call_stats_slots as s (real_estate_agent_id, slot, figures, total_calls, inbound_calls,
                                       recorded_calls, calls_by_status, inbound_by_status)
    select p_agent, p_slot, p_figures, stats_sum(p_figures, 'hour %'), stats_sum(p_figures, 'hour % in'),
           stats_sum(p_figures, 'recorded'), stats_statuses(p_figures, '%'), stats_statuses(p_figures, '% in')
    on conflict (real_estate_agent_id, slot) do update set figures = excluded.figures,
        total_calls = excluded.total_calls, inbound_calls = excluded.inbound_calls,
        recorded_calls = excluded.recorded_calls, calls_by_status = excluded.calls_by_status,
        inbound_by_status = excluded.inbound_by_status
$$;

-- A day's row from its figures: written, and by who proves it compared.
create function stats_day(p_agent text, p_day date, f jsonb) returns call_stats_daily
language sql stable as $$
    select row(p_agent, p_day, stats_sum(f, 'hour %'), stats_sum(f, 'completed %'),
        stats_sum(f, 'failed %') + stats_sum(f, 'busy %') + stats_sum(f, 'no-answer %') + stats_sum(f, 'canceled %'),
        stats_sum(f, 'hour % in'), stats_sum(f, 'seconds'), stats_statuses(f, '%'), now(), f,
        stats_statuses(f, '% in'), stats_sum(f, 'answered'), stats_sum(f, 'recorded'),
        (select coalesce(string_agg(key || ':' || value, ' ' order by key), '')
         from jsonb_each_text(stats_statuses(f, '%'))),
        (select coalesce(string_agg(substr(key, 9) || ':' || value, ' ' order by key), '')
         from jsonb_each_text(f) where key like 'outcome %'),
        stats_map(f, 'hour', ''), stats_map(f, 'hour', 'in'), stats_map(f, 'duration', ''),
        stats_map(f, 'turn', ''), stats_map(f, 'llm', ''), stats_map(f, 'tts', ''))::call_stats_daily
$$;

create function stats_day_write(p_agent text, p_day date, p_figures jsonb) returns void
language sql volatile as $$
    insert into call_stats_daily
    select (d).* from (select stats_day(p_agent, p_day, p_figures) as d offset 0) x
    on conflict (real_estate_agent_id, day) do update set figures = excluded.figures,
        total_calls = excluded.total_calls, completed_calls = excluded.completed_calls,
        failed_calls = excluded.failed_calls, inbound_calls = excluded.inbound_calls,
        total_duration_seconds = excluded.total_duration_seconds, calls_by_status = excluded.calls_by_status,
        inbound_by_status = excluded.inbound_by_status, answered_calls = excluded.answered_calls,
        recorded_calls = excluded.recorded_calls, statuses = excluded.statuses, outcomes = excluded.outcomes,
        hours = excluded.hours, inbound_hours = excluded.inbound_hours, durations = excluded.durations,
        latency_answered = excluded.latency_answered, latency_llm = excluded.latency_llm,
        latency_tts = excluded.latency_tts, computed_at = now()
$$;

create function stats_day_begins(p_day date, p_zone text) returns timestamptz language sql stable parallel safe as $$
    select p_day::timestamp at time zone p_zone
$$;

-- A month's row as its days have it; none without days.
create function stats_month(p_agent text, p_month date) returns setof call_stats_monthly
language sql stable as $$
    with days as materialized (
        select * from call_stats_daily
        where real_estate_agent_id = p_agent and day >= p_month and day < p_month + interval '1 month'
    )
    select p_agent, p_month, sum(total_calls)::int, sum(inbound_calls)::int, sum(recorded_calls)::int,
           (select coalesce(jsonb_object_agg(key, n), '{}')
            from (select key, sum(value::bigint) as n from days, jsonb_each_text(calls_by_status) group by 1) s),
           (select coalesce(jsonb_object_agg(key, n), '{}')
            from (select key, sum(value::bigint) as n from days, jsonb_each_text(inbound_by_status) group by 1) s)
    from days having count(*) > 0
$$;

create function stats_month_write(p_agent text, p_month date) returns void language sql volatile as $$
    insert into call_stats_monthly
    select * from stats_month(p_agent, p_month)
    on conflict (real_estate_agent_id, month) do update set total_calls = excluded.total_calls,
        inbound_calls = excluded.inbound_calls, recorded_calls = excluded.recorded_calls,
        calls_by_status = excluded.calls_by_status, inbound_by_status = excluded.inbound_by_status
$$;

-- The days and months that stand on these slots.
create function stats_refresh_floors(p_agent text, p_slots timestamptz[], p_zone text) returns int
language plpgsql volatile as $$
declare
    days date[] := array(select distinct (slot at time zone p_zone)::date as day from unnest(p_slots) slot order by day);
begin
    perform stats_day_write(p_agent, day, (
        select coalesce(jsonb_object_agg(f.key, f.n), '{}')
        from (select e.key, sum(e.value::bigint) as n
              from call_stats_slots s, jsonb_each_text(s.figures) e
              where s.real_estate_agent_id = p_agent and s.slot >= stats_day_begins(day, p_zone)
                  and s.slot < stats_day_begins(day + 1, p_zone)
              group by 1) f))
    from unnest(days) day;
    perform stats_month_write(p_agent, month)
    from (select distinct date_trunc('month', day)::date as month from unnest(days) day) m;
    return cardinality(days);
end $$;

-- Recount these slots of an agent, and the days and months that stand on them. One at a time per agent: who
-- waited counts anew, because each statement in here has a snapshot of its own.
create function stats_refresh(p_agent text, p_slots timestamptz[]) returns int language plpgsql volatile as $$
declare
    zone text := (select timezone from real_estate_agents where id = p_agent);
begin
    perform pg_advisory_xact_lock(hashtext('call_stats'), hashtext(p_agent));
    perform stats_slot_write(p_agent, slot, coalesce((
        select f.figures from stats_figures(p_agent, touched.slot, touched.slot + interval '15 minutes', zone) f), '{}'))
    from (select distinct unnest(p_slots) as slot) touched;
    return stats_refresh_floors(p_agent, p_slots, zone);
end $$;

-- A day of an agent as it is kept and as his calls have it, counted from calls and not from slots, where the two
-- differ; so with its month. Nobody recounts this agent meanwhile.
create function stats_differing(p_agent text, p_day date)
returns table (what text, kept jsonb, counted jsonb) language plpgsql volatile as $$
declare
    zone text := (select timezone from real_estate_agents where id = p_agent);
    v_month date := date_trunc('month', p_day);
begin
    perform pg_advisory_xact_lock(hashtext('call_stats'), hashtext(p_agent));
    return query
    select 'day', x.kept, x.counted
    from (select (select to_jsonb(d) - 'computed_at' from call_stats_daily d
                  where d.real_estate_agent_id = p_agent and d.day = p_day) as kept,
                 (select to_jsonb(c) - 'computed_at'
                  from stats_count(p_agent, stats_day_begins(p_day, zone), stats_day_begins(p_day + 1, zone), zone) f,
                       stats_day(p_agent, p_day, f) c
                  where f <> '{}') as counted) x
    where x.kept is distinct from x.counted
        and not (x.counted is null and x.kept -> 'figures' = '{}') -- an empty day may be kept or not
    union all
    select 'month', x.kept, x.counted
    from (select (select to_jsonb(m) from call_stats_monthly m
                  where m.real_estate_agent_id = p_agent and m.month = v_month) as kept,
                 (select to_jsonb(c) from stats_month(p_agent, v_month) c) as counted) x
    where x.kept is distinct from x.counted;
end $$;

-- Counted anew once, with all that is new here, all slots of an agent at once; rows of before that no call stands
-- behind go.
do $$
declare agent record;
begin
    delete from call_stats_daily;
    for agent in select id, timezone as zone from real_estate_agents loop
        insert into call_stats_slots (real_estate_agent_id, slot, figures, total_calls, inbound_calls, recorded_calls,
                                      calls_by_status, inbound_by_status)
        select agent.id, slot, f, stats_sum(f, 'hour %'), stats_sum(f, 'hour % in'), stats_sum(f, 'recorded'),
               stats_statuses(f, '%'), stats_statuses(f, '% in')
        from stats_figures(agent.id, '-infinity', 'infinity', agent.zone) s (slot, f);
        perform stats_refresh_floors(agent.id, array(select slot from call_stats_slots
                                                     where real_estate_agent_id = agent.id), agent.zone);
    end loop;
end $$;
drop function stats_count(text, date);

-- How a call came out is told like any other change of it.
create function call_results_told() returns trigger language plpgsql as $$
begin
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.evt', 'call.changed', 'call.changed', n.real_estate_agent_id, n.call_id,
           jsonb_build_object('call_id', n.call_id, 'status', c.status)
    from new_results n join old_results o using (call_id) join calls c on c.id = n.call_id
    where n.outcome is distinct from o.outcome;
    return null;
end $$;
create trigger call_results_told after update on call_results
    referencing old table as old_results new table as new_results
    for each statement execute function call_results_told();

-- Rights, as in 0003.
do $$
declare t text;
begin
    foreach t in array array['call_stats_slots', 'call_stats_monthly'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I for select to va_agent using (real_estate_agent_id = app_tenant())', t);
        execute format('create policy others on %I to va_admin, va_stats using (true) with check (true)', t);
    end loop;
end $$;
create policy counting on call_marks for select to va_stats using (mark = 'recorded');
grant select (real_estate_agent_id, mark, created_at) on call_marks to va_stats;
grant select (call_id, role, latency) on call_turns to va_stats;
grant select (answered_at) on calls to va_stats;
create policy counting on call_results for select to va_stats using (true);
grant select (call_id, outcome) on call_results to va_stats;
grant select, insert, update, delete on call_stats_slots, call_stats_monthly to va_stats;
grant select on call_stats_slots, call_stats_monthly to va_agent, va_admin;

-- Lists: what the floors know, lists need not count ------------------------------------------------

drop index calls_contact;
create index calls_contact on calls (contact_id, created_at desc, id desc, real_estate_agent_id)
    where contact_id is not null;
create index calls_batch_page on calls (batch_id, created_at desc, id desc, real_estate_agent_id)
    where batch_id is not null;

-- How many of a floor's row a filter lets through; null: the figures do not know.
create function list_count(p_total int, p_inbound int, p_recorded_calls int, p_by_status jsonb,
                           p_inbound_by_status jsonb, p_status text, p_direction text, p_recorded boolean)
returns int language sql immutable parallel safe as $$
    select case
        when p_recorded is not null and (p_status is not null or p_direction is not null) then null
        when p_recorded then p_recorded_calls
        when not p_recorded then p_total - p_recorded_calls
        when p_status is null then
            case p_direction when 'inbound' then p_inbound when 'outbound' then p_total - p_inbound else p_total end
        else coalesce((p_by_status ->> p_status)::int, 0) * (p_direction is distinct from 'inbound')::int
            + coalesce((p_inbound_by_status ->> p_status)::int, 0)
              * case p_direction when 'inbound' then 1 when 'outbound' then -1 else 0 end end
$$;

-- Where a page that far back begins: the end of its slot, and how many calls are left to skip there; found floor
-- by floor, so a deep page costs its own quarter of an hour. Null: walk all the way.
drop function list_jump;
create function list_jump(p_agent text, p_status text, p_direction text, p_recorded boolean, p_skip bigint,
                          p_zone text, out ends timestamptz, out rest bigint)
language plpgsql stable as $$
declare
    v_month date;
    v_next  date; -- variables, because only a column compared with a plain value is looked up behind row security
    v_day   date;
    v_dawn  timestamptz;
begin
    if p_recorded is not null and (p_status is not null or p_direction is not null) then
        return;
    end if;
    select f.month, p_skip - f.before into v_month, rest
    from (select m.month, n, sum(n) over (order by m.month desc) - n as before
          from call_stats_monthly m,
               list_count(m.total_calls, m.inbound_calls, m.recorded_calls, m.calls_by_status, m.inbound_by_status,
                          p_status, p_direction, p_recorded) n
          where m.real_estate_agent_id = p_agent) f
    where p_skip >= f.before and p_skip < f.before + f.n;
    if v_month is null then
        return;
    end if;
    v_next := v_month + interval '1 month';
    select f.day, rest - f.before into v_day, rest
    from (select d.day, n, sum(n) over (order by d.day desc) - n as before
          from call_stats_daily d,
               list_count(d.total_calls, d.inbound_calls, d.recorded_calls, d.calls_by_status, d.inbound_by_status,
                          p_status, p_direction, p_recorded) n
          where d.real_estate_agent_id = p_agent and d.day >= v_month and d.day < v_next) f
    where rest >= f.before and rest < f.before + f.n;
    ends := stats_day_begins(v_day + 1, p_zone);
    if rest > 100 then
        v_dawn := stats_day_begins(v_day, p_zone);
        select f.slot + interval '15 minutes', rest - f.before into ends, rest
        from (select s.slot, n, sum(n) over (order by s.slot desc) - n as before
              from call_stats_slots s,
                   list_count(s.total_calls, s.inbound_calls, s.recorded_calls, s.calls_by_status,
                              s.inbound_by_status, p_status, p_direction, p_recorded) n
              where s.real_estate_agent_id = p_agent and s.slot >= v_dawn and s.slot < ends) f
        where rest >= f.before and rest < f.before + f.n;
    end if;
end $$;

create or replace function calls_find(p_agent text, p_from text, p_to text, p_micros text, p_id text, p_limit int,
                           p_skip bigint, p_status text, p_direction text, p_recorded boolean, p_digits text,
                           p_contact text, p_batch text)
returns table (created_at timestamptz, id text) language plpgsql stable rows 20
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
    zone   text;
    lo     timestamptz := '-infinity';
    hi     timestamptz := 'infinity';
    before text := '';
    rare   boolean := false; -- few numbers have these digits
    v_mark text := case when p_status is not null and status_rank(p_status) = 3 then p_status
                        when p_status is null and p_recorded then 'recorded' end;
    plain  boolean := p_direction is null and p_digits is null and p_contact is null and p_batch is null
                      and (p_recorded is null or v_mark is not distinct from 'recorded');
    jump   record;
begin
    if p_from is not null or p_to is not null or p_skip > 100 then
        zone := (select timezone from real_estate_agents where id = p_agent);
        lo := coalesce(list_bound(p_from, 0, zone), lo);
        hi := coalesce(list_bound(p_to, 1, zone), hi);
    end if;
    if length(p_digits) >= 3 then
        rare := (select count(*) from (select from number_endings
                                       where real_estate_agent_id = p_agent and ending >= p_digits
                                           and ending < p_digits || ':' limit 201) few) <= 200;
    end if;
    if p_micros is not null and list_moment(p_micros) < hi then
        hi := list_moment(p_micros);
        before := p_id;
    elsif p_skip > 100 and p_digits is null and p_contact is null and p_batch is null
        and p_from is null and p_to is null and (p_status is null or v_mark is not null) then
        select * into jump from list_jump(p_agent, p_status, p_direction, p_recorded, p_skip, zone);
        if jump.ends is not null then
            hi := jump.ends;
            p_skip := jump.rest;
        end if;
    end if;

    if p_contact is not null then
        return query
        select c.created_at, c.id from calls c
        where c.contact_id = p_contact and c.real_estate_agent_id = p_agent and c.created_at >= lo
            and (c.created_at, c.id) < (hi, before)
            and (p_batch is null or c.batch_id = p_batch)
            and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif p_batch is not null then
        return query
        select c.created_at, c.id from calls c
        where c.batch_id = p_batch and c.real_estate_agent_id = p_agent and c.created_at >= lo
            and (c.created_at, c.id) < (hi, before)
            and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif rare then
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

-- What the figures say: null when they do not know this filter. Days are whole days of the agent's. One function
-- for agents and one for admins, who ask on the same connections: a plan is the plan of one role only.
drop function list_figure(text, text, text, text, text);
create function list_figure(p_agent text, p_from text, p_to text, p_status text, p_direction text,
                            p_recorded boolean)
returns bigint language plpgsql stable as $$
declare
    v_from date := '-infinity';
    v_to   date := 'infinity';
begin
    if length(p_from) <> 10 or length(p_to) <> 10 or status_rank(p_status) < 3 then
        return null;
    elsif p_from is null and p_to is null then
        return (select sum(list_count(total_calls, inbound_calls, recorded_calls, calls_by_status,
                                      inbound_by_status, p_status, p_direction, p_recorded))
                from call_stats_monthly where real_estate_agent_id = p_agent);
    end if;
    v_from := coalesce(p_from::date, v_from);
    v_to := coalesce(p_to::date, v_to);
    return (select sum(list_count(total_calls, inbound_calls, recorded_calls, calls_by_status,
                                  inbound_by_status, p_status, p_direction, p_recorded))
            from call_stats_daily where real_estate_agent_id = p_agent and day >= v_from and day <= v_to);
end $$;

create function list_figure_admin(p_agent text, p_from text, p_to text, p_status text, p_direction text)
returns bigint language plpgsql stable as $$
declare
    v_from date := '-infinity';
    v_to   date := 'infinity';
begin
    if length(p_from) <> 10 or length(p_to) <> 10 or status_rank(p_status) < 3 then
        return null;
    end if;
    v_from := coalesce(p_from::date, v_from);
    v_to := coalesce(p_to::date, v_to);
    if p_agent is not null then
        return (select sum(list_count(total_calls, inbound_calls, recorded_calls, calls_by_status,
                                      inbound_by_status, p_status, p_direction, null))
                from call_stats_daily where real_estate_agent_id = p_agent and day >= v_from and day <= v_to);
    elsif p_from is null and p_to is null then
        return (select sum(list_count(total_calls, inbound_calls, recorded_calls, calls_by_status,
                                      inbound_by_status, p_status, p_direction, null))
                from call_stats_monthly);
    end if;
    return (select sum(list_count(total_calls, inbound_calls, recorded_calls, calls_by_status,
                                  inbound_by_status, p_status, p_direction, null))
            from call_stats_daily where day >= v_from and day <= v_to);
end $$;

-- How many there are: counted, up to 200; beyond, the figures tell, which are at most a second old; where
-- they do not know, it is more than 200 and no more is said (exact is false).
create or replace function calls_total(p_agent text, p_from text, p_to text, p_status text, p_direction text,
                                       p_recorded boolean, p_digits text, p_contact text, p_batch text,
                                       out total bigint, out exact boolean)
language plpgsql stable as $$
begin
    if p_digits is null and p_contact is null and p_batch is null then
        total := list_figure(p_agent, p_from, p_to, p_status, p_direction, p_recorded);
    end if;
    exact := true;
    if total is null or total < 200 then
        select greatest(count(*), total) into total
        from calls_find(p_agent, p_from, p_to, null, null, 201, 0, p_status, p_direction, p_recorded, p_digits,
                        p_contact, p_batch);
        exact := total <= 200;
        total := least(total, 200);
    end if;
end $$;

create or replace function calls_total_admin(p_agent text, p_from text, p_to text, p_status text, p_direction text,
                                             p_batch text, out total bigint, out exact boolean)
language plpgsql stable as $$
begin
    if p_batch is null then
        total := list_figure_admin(p_agent, p_from, p_to, p_status, p_direction);
    end if;
    exact := true;
    if total is null or total < 200 then
        select greatest(count(*), total) into total
        from calls_find_admin(p_agent, p_from, p_to, null, null, 201, 0, p_status, p_direction, p_batch);
        exact := total <= 200;
        total := least(total, 200);
    end if;
end $$;

-- Sessions: what session_enter.sql ends in when there is none.
create function session_refused() returns boolean language plpgsql volatile as $$
begin
    raise exception 'no such session' using errcode = '28000';
end $$;

-- migrate:down

drop function session_refused;
drop function list_jump, list_figure, list_figure_admin;
create function list_jump(p_agent text, p_status text, p_skip bigint, out day date, out rest bigint)
language sql stable as $$
    select d.day, p_skip - d.before
    from (select f.day, f.n, sum(f.n) over (order by f.day desc) - f.n as before
          from (select s.day, case when p_status is null then s.total_calls
                                   else coalesce((s.calls_by_status ->> p_status)::int, 0) end as n
                from call_stats_daily s where s.real_estate_agent_id = p_agent) f) d
    where p_skip >= d.before and p_skip < d.before + d.n
$$;

create or replace function calls_find(p_agent text, p_from text, p_to text, p_micros text, p_id text, p_limit int,
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

create or replace function calls_total(p_agent text, p_from text, p_to text, p_status text, p_direction text,
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

create or replace function calls_total_admin(p_agent text, p_from text, p_to text, p_status text, p_direction text,
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
drop function list_count;
drop index calls_batch_page, calls_contact;
create index calls_contact on calls (contact_id) where contact_id is not null;
drop policy counting on call_marks;
drop policy counting on call_results;
revoke select (call_id, outcome) on call_results from va_stats;
drop trigger call_results_told on call_results;
drop function call_results_told;
revoke select (real_estate_agent_id, mark, created_at) on call_marks from va_stats;
revoke select (call_id, role, latency) on call_turns from va_stats;
revoke select (answered_at) on calls from va_stats;
drop function stats_differing, stats_refresh, stats_refresh_floors, stats_month_write, stats_month, stats_day_begins, stats_day_write,
    stats_day, stats_slot_write, stats_map, stats_statuses, stats_sum, stats_count, stats_figures, stats_slot, stats_bucket;
create function stats_count(p_agent text, p_day date)
returns table (total int, completed int, failed int, inbound int, seconds bigint, by_status jsonb)
language plpgsql volatile as $$
begin
    return query
    with day as (
        select (p_day::timestamp at time zone a.timezone) as begins,
               ((p_day + 1)::timestamp at time zone a.timezone) as ends
        from real_estate_agents a where a.id = p_agent
    ), statuses as (
        select c.status, count(*)::int as n, sum(c.duration_seconds)::bigint as seconds,
               (count(*) filter (where c.direction = 'inbound'))::int as inbound
        from calls c, day
        where c.real_estate_agent_id = p_agent and c.created_at >= day.begins and c.created_at < day.ends
        group by c.status
    )
    select coalesce(sum(n), 0)::int,
           coalesce(sum(n) filter (where status = 'completed'), 0)::int,
           coalesce(sum(n) filter (where status in ('failed', 'busy', 'no-answer', 'canceled')), 0)::int,
           coalesce(sum(s.inbound), 0)::int, coalesce(sum(s.seconds), 0)::bigint,
           coalesce(jsonb_object_agg(status, n), '{}')
    from statuses s;
end $$;
drop table call_stats_monthly, call_stats_slots;
drop index call_stats_daily_day;
alter table call_stats_daily drop column figures, drop column inbound_by_status, drop column answered_calls,
    drop column recorded_calls, drop column statuses, drop column outcomes, drop column hours,
    drop column inbound_hours, drop column durations, drop column latency_answered, drop column latency_llm,
    drop column latency_tts;
