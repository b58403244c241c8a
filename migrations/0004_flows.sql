-- migrate:up

-- The dial gate: for every number, in their order, null, which allows, or a word that says why not. One
-- function of what the database knows now, asked when calls are opened and again by the statement that commits
-- to placing one. What it does not know, it denies. p_call is the call that is being placed, which does not
-- stand in its own way. For many numbers at once, because a batch has ten thousand: each costs a few look-ups.
create function dial_gates(p_agent text, p_numbers text[], p_call text, p_countries text[])
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

create function dial_gate(p_agent text, p_to text, p_call text, p_countries text[])
returns text language sql stable as $$
    select dial_gates(p_agent, array[p_to], p_call, p_countries)
$$;

-- Open outbound calls: one, or a batch (p_batch, spaced by p_delay seconds). For every target the
-- gate decides; who passes gets a call, a queued attempt, a live row and a call.dial in the outbox,
-- due when its turn comes. In a batch the others are kept too, canceled, with the reason.
-- p_targets: [{"contact_id": text or null, "to": E.164}, ...]. The caller has checked ownership.
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

-- The conversation as text, from its turns: what was heard of the agent, all of the caller. Volatile,
-- so that an update that waited for another one reads the turns anew.
create function call_transcript(p_call text) returns text language plpgsql volatile as $$
begin
    return (select string_agg(case t.role when 'caller' then 'Caller: ' else v.name || ': ' end
                              || coalesce(t.heard, t.text), E'\n' order by t.seq)
            from call_turns t join calls c on c.id = t.call_id join voice_agents v on v.id = c.voice_agent_id
            where t.call_id = p_call and t.role in ('caller', 'agent') and coalesce(t.heard, t.text) <> '');
end $$;

-- What one bucket of the statistics holds: an agent's calls of one local day. Volatile, so that a
-- recount that waited for another one of the same bucket counts what is there now.
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

-- migrate:down

drop function calls_open, dial_gate, dial_gates, call_transcript, stats_count;
