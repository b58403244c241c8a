-- migrate:up

-- The dial gate: null allows, a word says why not. One function of what the database knows now,
-- asked when a call is opened and again by the statement that commits to placing it. What it does not
-- know, it denies. p_call is the call that is being placed, which does not stand in its own way.
create function dial_gate(p_agent text, p_to text, p_call text, p_countries text[])
returns text language sql stable as $$
    with agent as (
        select a.consent_policy, v.status
        from real_estate_agents a left join voice_agents v on v.real_estate_agent_id = a.id
        where a.id = p_agent and a.deleted_at is null
    ), area as (
        select country, zones from numbering_areas
        where prefix = any (array(select substr(p_to, 2, n) from generate_series(1, 7) n))
        order by length(prefix) desc limit 1
    ), zone as ( -- a contact's own zone wins over what the number suggests
        select unnest(coalesce(
            (select array[timezone] from contacts
             where real_estate_agent_id = p_agent and phone_number = p_to and timezone is not null),
            (select zones from area))) as name
    ), consent as (
        select kind from consents
        where real_estate_agent_id = p_agent and phone_number = p_to
        order by created_at desc, id desc limit 1
    )
    select case
        when exists (select from dial_stops where who in ('global', p_agent)) then 'dialing_stopped'
        when not exists (select from agent where status = 'active') then 'agent_inactive'
        when exists (select from phone_numbers where phone_number = p_to and status <> 'released')
            then 'own_number'
        when not exists (select from area where country = any (p_countries)) then 'country_not_allowed'
        when exists (select from suppressions where phone_number = p_to and lifted_at is null
                     and (real_estate_agent_id = p_agent or real_estate_agent_id is null)) then 'do_not_call'
        when (select kind from consent) = 'refused' then 'no_consent'
        when (select consent_policy from agent) = 'written'
            and (select kind from consent) is distinct from 'written' then 'no_consent'
        when not exists (select from zone)
            or exists (select from zone where (now() at time zone name)::time not between '08:00' and '21:00')
            then 'quiet_hours'
        when exists (select from live_calls where real_estate_agent_id = p_agent and far_number = p_to
                     and call_id is distinct from p_call) then 'live_call'
    end
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
    ), target as materialized (
        select x.position, uuid7() as call_id, uuid7() as attempt_id, x.t ->> 'contact_id' as contact_id,
               x.t ->> 'to' as to_number, dial_gate(p_agent, x.t ->> 'to', null, p_countries) as reason
        from jsonb_array_elements(p_targets) with ordinality x (t, position)
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

drop function calls_open, dial_gate, call_transcript, stats_count;
