-- migrate:up

-- A page of the list is found and read at once: what finds its calls has them in hand, and to look each up again by its
-- id cost as much.
drop function calls_find;
create function calls_find(p_agent text, p_from text, p_to text, p_micros text, p_id text, p_limit int,
                           p_skip bigint, p_status text, p_direction text, p_recorded boolean, p_digits text,
                           p_contact text, p_batch text)
returns setof calls language plpgsql stable rows 20
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off as $$
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
        select c.* from calls c
        where c.contact_id = p_contact and c.real_estate_agent_id = p_agent and c.created_at >= lo
            and (c.created_at, c.id) < (hi, before)
            and (p_batch is null or c.batch_id = p_batch)
            and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif p_batch is not null then
        return query
        select c.* from calls c
        where c.batch_id = p_batch and c.real_estate_agent_id = p_agent and c.created_at >= lo
            and (c.created_at, c.id) < (hi, before)
            and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif rare then
        return query
        select k.*
        from (select distinct far_number from number_endings
              where real_estate_agent_id = p_agent and ending >= p_digits and ending < p_digits || ':') n
        cross join lateral (
            select c.* from calls c
            where c.real_estate_agent_id = p_agent
                and far_number(c.direction, c.from_number, c.to_number) = n.far_number
                and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
                and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
                and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            order by c.created_at desc, c.id desc limit p_skip + p_limit) k
        order by k.created_at desc, k.id desc offset p_skip limit p_limit;
    elsif v_mark is not null and plain then
        return query
        select c.*
        from (select m.created_at, m.call_id from call_marks m
              where m.real_estate_agent_id = p_agent and m.mark = v_mark
                  and m.created_at >= lo and (m.created_at, m.call_id) < (hi, before)
              order by m.created_at desc, m.call_id desc offset p_skip limit p_limit) m
        join calls c on c.id = m.call_id and c.real_estate_agent_id = p_agent
        order by m.created_at desc, m.call_id desc;
    elsif v_mark is not null then
        return query
        select c.* from call_marks m join calls c on c.id = m.call_id
        where m.real_estate_agent_id = p_agent and c.real_estate_agent_id = p_agent and m.mark = v_mark
            and m.created_at >= lo and (m.created_at, m.call_id) < (hi, before)
            and (p_status is null or c.status = p_status) and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by m.created_at desc, m.call_id desc offset p_skip limit p_limit;
    elsif p_status is not null then -- it has not ended
        return query
        select c.* from live_calls l join calls c on c.id = l.call_id
        where l.real_estate_agent_id = p_agent and c.real_estate_agent_id = p_agent and c.status = p_status
            and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_direction is null or c.direction = p_direction)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif p_direction is not null then
        return query
        select c.* from calls c
        where c.real_estate_agent_id = p_agent and c.direction = p_direction
            and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    elsif not plain then
        return query
        select c.* from calls c
        where c.real_estate_agent_id = p_agent and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
            and (p_recorded is null or (c.recording_url is not null) = p_recorded)
            and (p_digits is null or strpos(far_number(c.direction, c.from_number, c.to_number), p_digits) > 0)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    else
        return query
        select c.* from calls c
        where c.real_estate_agent_id = p_agent and c.created_at >= lo and (c.created_at, c.id) < (hi, before)
        order by c.created_at desc, c.id desc offset p_skip limit p_limit;
    end if;
end $$;

-- The page that every visit begins with asks for no part of the figures.
create or replace function list_figure(p_agent text, p_from text, p_to text, p_status text, p_direction text,
                            p_recorded boolean)
returns bigint language plpgsql stable as $$
declare
    v_from date := '-infinity';
    v_to   date := 'infinity';
begin
    if length(p_from) <> 10 or length(p_to) <> 10 or status_rank(p_status) < 3 then
        return null;
    elsif p_from is null and p_to is null and p_status is null and p_direction is null and p_recorded is null then
        return (select sum(total_calls) from call_stats_monthly where real_estate_agent_id = p_agent);
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

-- What the API says of a recording, member by member: where there is none, why. Expressions only, so that they are made
-- part of the statement that uses them. A list takes them one by one: twenty calls of json_build_object() took longer
-- than finding the page.
create function recording_state(c calls, r recordings, wanted boolean) returns text language sql stable as $$
    select case when c.recording_url is not null then 'ready'
                when r.state in ('deleted', 'failed') then r.state
                when r.state is null and c.answered_at is not null and wanted
                     and (c.ended_at is null or c.ended_at > now() - interval '10 minutes') then 'processing'
                else 'none' end
$$;

create function recording_reason(c calls, r recordings, wanted boolean) returns text language sql stable as $$
    select case when c.recording_url is not null then null
                when r.state in ('deleted', 'failed') then r.reason
                when status_rank(c.status) < 3 then 'call_not_over'
                when c.answered_at is null then 'not_answered'
                when r.reason is not null then r.reason
                when r.state is null and not wanted then 'disabled'
                when c.ended_at < now() - interval '10 minutes' then 'not_recorded' end
$$;

create or replace function recording_json(c calls, r recordings, wanted boolean) returns json language sql stable as $$
    select json_build_object(
        'state', recording_state(c, r, wanted), 'reason', recording_reason(c, r, wanted),
        'seconds', case when c.recording_url is not null then c.recording_seconds end,
        'channels', case when c.recording_url is not null then r.channels end)
$$;

-- migrate:down

create or replace function recording_json(c calls, r recordings, wanted boolean) returns json language sql stable as $$
    select case when c.recording_url is not null then
        json_build_object('state', 'ready', 'reason', null, 'seconds', c.recording_seconds, 'channels', r.channels)
    else json_build_object(
        'state', case when r.state in ('deleted', 'failed') then r.state
                      when r.state is null and c.answered_at is not null and wanted
                           and (c.ended_at is null or c.ended_at > now() - interval '10 minutes') then 'processing'
                      else 'none' end,
        'reason', case when r.state in ('deleted', 'failed') then r.reason
                       when status_rank(c.status) < 3 then 'call_not_over'
                       when c.answered_at is null then 'not_answered'
                       when r.reason is not null then r.reason
                       when r.state is null and not wanted then 'disabled'
                       when c.ended_at < now() - interval '10 minutes' then 'not_recorded' end,
        'seconds', null, 'channels', null) end
$$;
drop function recording_reason, recording_state;
create or replace function list_figure(p_agent text, p_from text, p_to text, p_status text, p_direction text,
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
drop function calls_find;
create function calls_find(p_agent text, p_from text, p_to text, p_micros text, p_id text, p_limit int,
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
