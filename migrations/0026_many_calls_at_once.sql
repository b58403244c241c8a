-- migrate:up

-- What follows from a call's change, when a statement changes a thousand of them. Each of these functions looks at every
-- row as it was and as it is. Their plans are kept, and most were made when a single call changed: a join is nested loops
-- then, a million comparisons of a thousand calls. A full join never is; of an update each row is on both sides.

create or replace function calls_told() returns trigger language plpgsql as $$
begin
    with moved as materialized (
        select id, n.real_estate_agent_id, n.status, n.twilio_call_sid,
               (n.status, n.twilio_call_sid, n.duration_seconds, n.answered_at, n.ended_at, n.recording_url,
                n.recording_sid, n.answered_by, n.end_reason, n.error_code, n.transcript is null) is distinct from
               (o.status, o.twilio_call_sid, o.duration_seconds, o.answered_at, o.ended_at, o.recording_url,
                o.recording_sid, o.answered_by, o.end_reason, o.error_code, o.transcript is null) as told
        from new_calls n full join old_calls o using (id)
    ), ended as (
        delete from live_calls
        where call_id = any (array(select id from moved where told and status_rank(status) = 3))
          and check_at > '-infinity' -- that is to be asked about
    )
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.evt', 'call.changed', 'call.changed', real_estate_agent_id, id,
           jsonb_strip_nulls(jsonb_build_object('call_id', id, 'call_sid', twilio_call_sid, 'status', status))
    from moved where told;
    return null;
end $$;

create or replace function calls_after_call() returns trigger language plpgsql as $$
begin
    with news as materialized (
        select id, n.real_estate_agent_id as agent,
               n.recording_sid is not null and o.recording_sid is null as recorded,
               n.answered_at is not null and status_rank(n.status) = 3
               and (o.answered_at is null or status_rank(o.status) < 3) as ended
        from new_calls n full join old_calls o using (id)
    ), noted as (
        insert into call_results as r (call_id, real_estate_agent_id, transcription, summarized)
        select id, agent, case when recorded then 'pending' else 'none' end,
               case when ended then 'pending' else 'none' end
        from news where recorded or ended
        on conflict (call_id) do update set
            transcription = case when r.transcription = 'none' then excluded.transcription else r.transcription end,
            summarized = case when r.summarized = 'none' then excluded.summarized else r.summarized end,
            updated_at = now()
    ), jobs as (
        select 'recording.transcribe' as type, id, agent, now() as due from news where recorded
        union all select 'call.summarize', id, agent, now() + interval '2 s' from news where ended
    )
    insert into outbox (exchange, routing_key, type, tenant, call_id, body, not_before)
    select 'va.cmd', type, type, agent, id, jsonb_build_object('call_id', id), due from jobs;
    return null;
end $$;

create or replace function calls_webhooks() returns trigger language plpgsql as $$
declare agents text[]; events text[]; ended text[];
begin
    with moved as materialized (
        select id, n.real_estate_agent_id as agent, status_rank(n.status) = 3 and status_rank(o.status) < 3 as over
        from new_calls n full join old_calls o using (id)
    )
    select array_agg(agent), array_agg('call.ended'::text), array_agg(id) into agents, events, ended
    from moved where over;
    if ended is not null then
        perform webhooks_tell(agents, events, ended);
    end if;
    return null;
end $$;

create or replace function calls_hang_up() returns trigger language plpgsql as $$
begin
    with moved as materialized (
        select id, n.real_estate_agent_id, n.end_reason, n.twilio_call_sid is not null and o.twilio_call_sid is null
               and status_rank(n.status) < 3 as named
        from new_calls n full join old_calls o using (id)
    )
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.cmd', 'call.hangup', 'call.hangup', real_estate_agent_id, id,
           jsonb_build_object('call_id', id, 'reason', end_reason)
    from moved where named and end_reason in ('hung_up', 'dialing_stopped');
    return null;
end $$;

create or replace function calls_move_batch() returns trigger language plpgsql as $$
declare touched text[] := array(select distinct batch_id from moved where batch_id is not null);
begin
    if touched = '{}' then
        return null;
    end if;
    with pair as materialized (
        select m.*, o.status as was from moved m full join old_calls o using (id)
    ), ended as materialized (
        select m.*, case
                when m.status = 'completed' then
                    case when m.answered_by ~ '^(machine|fax)' then 'machine' else 'answered' end
                when m.status = 'canceled' and m.twilio_call_sid is null and m.end_reason <> 'batch_cancelled'
                    then 'skipped'
                else m.status end as outcome
        from pair m where m.batch_id is not null and status_rank(m.status) = 3 and status_rank(m.was) < 3
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

-- migrate:down

create or replace function calls_move_batch() returns trigger language plpgsql as $$
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

create or replace function calls_hang_up() returns trigger language plpgsql as $$
begin
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.cmd', 'call.hangup', 'call.hangup', n.real_estate_agent_id, n.id,
           jsonb_build_object('call_id', n.id, 'reason', n.end_reason)
    from new_calls n join old_calls o using (id)
    where n.twilio_call_sid is not null and o.twilio_call_sid is null and status_rank(n.status) < 3
      and n.end_reason in ('hung_up', 'dialing_stopped');
    return null;
end $$;

create or replace function calls_webhooks() returns trigger language plpgsql as $$
begin
    perform webhooks_tell(array_agg(n.real_estate_agent_id), array_agg('call.ended'::text), array_agg(n.id))
    from new_calls n join old_calls o using (id)
    where status_rank(n.status) = 3 and status_rank(o.status) < 3
    having count(*) > 0;
    return null;
end $$;

create or replace function calls_after_call() returns trigger language plpgsql as $$
begin
    with news as materialized (
        select n.id, n.real_estate_agent_id as agent,
               n.recording_sid is not null and o.recording_sid is null as recorded,
               n.answered_at is not null and status_rank(n.status) = 3
               and (o.answered_at is null or status_rank(o.status) < 3) as ended
        from new_calls n join old_calls o using (id)
    ), noted as (
        insert into call_results as r (call_id, real_estate_agent_id, transcription, summarized)
        select id, agent, case when recorded then 'pending' else 'none' end,
               case when ended then 'pending' else 'none' end
        from news where recorded or ended
        on conflict (call_id) do update set
            transcription = case when r.transcription = 'none' then excluded.transcription else r.transcription end,
            summarized = case when r.summarized = 'none' then excluded.summarized else r.summarized end,
            updated_at = now()
    ), jobs as (
        select 'recording.transcribe' as type, id, agent, now() as due from news where recorded
        union all select 'call.summarize', id, agent, now() + interval '2 s' from news where ended
    )
    insert into outbox (exchange, routing_key, type, tenant, call_id, body, not_before)
    select 'va.cmd', type, type, agent, id, jsonb_build_object('call_id', id), due from jobs;
    return null;
end $$;

create or replace function calls_told() returns trigger language plpgsql as $$
begin
    with moved as materialized (
        select n.id, n.real_estate_agent_id, n.status, n.twilio_call_sid
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
           jsonb_strip_nulls(jsonb_build_object('call_id', id, 'call_sid', twilio_call_sid, 'status', status))
    from moved;
    return null;
end $$;
