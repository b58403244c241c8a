-- migrate:up

-- What is known of a call once it is over: its recording in words, a summary, how it came out, and what
-- the caller wants. Beside calls, so that no admin has a right on it and no status update pays for it.
create table call_results (
    call_id              text primary key references calls (id) on delete cascade,
    real_estate_agent_id text not null,
    transcription        text not null default 'none' check (transcription in ('none', 'pending', 'done', 'failed')),
    transcription_reason text,                        -- 'cut', 'recording_gone', ...: why not, or not all of it
    transcription_tries  int not null default 0,
    summarized           text not null default 'none' check (summarized in ('none', 'pending', 'done', 'failed')),
    summary_tries        int not null default 0,
    summary              text,
    outcome              text check (outcome in ('viewing_booked', 'message_taken', 'transferred', 'callback_requested',
                             'information_given', 'not_interested', 'opted_out', 'voicemail', 'no_conversation', 'other')),
    fields               jsonb not null default '{}', -- name, intent, ...: {value, quote}; only what was said
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now()
);

-- The recording in words; the live turns stay as they are. turn_seq: the turn that this is, heard again.
create table call_segments (
    call_id              text not null references calls (id) on delete cascade,
    seq                  int not null,
    real_estate_agent_id text not null,
    role                 text not null check (role in ('caller', 'agent')),
    turn_seq             int,
    start_ms             int not null,                -- since the recording began
    end_ms               int not null,
    text                 text not null,
    primary key (call_id, seq)
);

-- A recording is there: it is transcribed. A call that was answered is over: it is summarised, once its
-- last turns have had time to arrive.
create function calls_after_call() returns trigger language plpgsql as $$
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
create trigger calls_after_call after update on calls referencing old table as old_calls new table as new_calls
    for each statement execute function calls_after_call();

-- A job did not work out: again later, each time after longer; false: that was the last time.
create function call_job_failed(p_call text, p_type text, p_reason text) returns boolean language plpgsql as $$
declare
    r call_results;
    tries int;
begin
    update call_results set
        transcription_tries = transcription_tries + (p_type = 'recording.transcribe')::int,
        summary_tries = summary_tries + (p_type = 'call.summarize')::int, updated_at = now()
    where call_id = p_call returning * into r;
    tries := case p_type when 'call.summarize' then r.summary_tries else r.transcription_tries end;
    if tries < 6 then
        insert into outbox (exchange, routing_key, type, tenant, call_id, body, not_before)
        values ('va.cmd', p_type, p_type, r.real_estate_agent_id, p_call, jsonb_build_object('call_id', p_call),
                now() + interval '5 s' * 3 ^ (tries - 1)); -- 5 s to 7 minutes
        return true;
    end if;
    update call_results set
        transcription = case when p_type = 'recording.transcribe' then 'failed' else transcription end,
        transcription_reason = case when p_type = 'recording.transcribe' then p_reason else transcription_reason end,
        summarized = case when p_type = 'call.summarize' then 'failed' else summarized end
    where call_id = p_call;
    return false;
end $$;

-- How a call came out, as far as what happened says it for sure; null: only its words can tell.
create function call_fact(c calls) returns text language sql stable as $$
    with done as (
        select tool ->> 'name' as name from call_turns
        where call_id = c.id and role = 'tool' and tool -> 'result' -> 'error' is null
    )
    select case
        when exists (select from done where name = 'opt_out') then 'opted_out'
        when exists (select from viewings v where v.call_id = c.id and v.status = 'booked') then 'viewing_booked'
        when exists (select from done where name = 'transfer_to_agent') then 'transferred'
        when exists (select from done where name = 'take_message') then 'message_taken'
        when c.answered_by like 'machine%' or c.answered_by = 'fax' then 'voicemail'
        when not exists (select from call_turns t where t.call_id = c.id and t.role = 'caller')
             and not exists (select from call_segments g where g.call_id = c.id and g.role = 'caller')
        then 'no_conversation' end
$$;

-- What the API adds to a call.
create function call_result_json(c calls) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'summary', r.summary, 'outcome', r.outcome, 'summarized', coalesce(r.summarized, 'none'),
        'extracted', jsonb_build_object(
            'name', r.fields -> 'name', 'intent', r.fields -> 'intent', 'budget', r.fields -> 'budget',
            'property', r.fields -> 'property', 'viewing', r.fields -> 'viewing', 'callback', r.fields -> 'callback'),
        'transcription', coalesce(r.transcription, 'none'), 'transcription_reason', r.transcription_reason,
        'segments', coalesce((select jsonb_agg(jsonb_build_object('role', g.role, 'start_ms', g.start_ms,
                                  'end_ms', g.end_ms, 'text', g.text, 'turn', g.turn_seq) order by g.seq)
                              from call_segments g where g.call_id = c.id), '[]'))
    from (select) one left join call_results r on r.call_id = c.id
$$;

-- Whoever deletes what was said deletes all of it; what is at work on it finds nothing to do.
create function turns_deleted() returns trigger language plpgsql as $$
begin
    delete from call_segments g using (select distinct call_id from gone) d where g.call_id = d.call_id;
    update call_results r set summary = null, fields = '{}', updated_at = now(),
        transcription = case when transcription = 'pending' then 'none' else transcription end,
        summarized = case when summarized = 'pending' then 'none' else summarized end
    from (select distinct call_id from gone) d where r.call_id = d.call_id;
    return null;
end $$;
create trigger turns_deleted after delete on call_turns referencing old table as gone
    for each statement execute function turns_deleted();

-- Rights, as in 0003.
do $$
declare t text;
begin
    foreach t in array array['call_results', 'call_segments'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant on %I to va_agent using (real_estate_agent_id = app_tenant())
                        with check (real_estate_agent_id = app_tenant())', t);
        execute format('create policy others on %I to va_dialer, va_pipeline using (true) with check (true)', t);
    end loop;
end $$;
grant select, insert, update on call_results to va_agent, va_dialer, va_pipeline;
grant select, delete on call_segments to va_agent, va_dialer;
grant select, insert, delete on call_segments to va_pipeline;

-- migrate:down

drop trigger turns_deleted on call_turns;
drop trigger calls_after_call on calls;
drop function call_result_json(calls);
drop function call_fact(calls);
drop function turns_deleted, call_job_failed, calls_after_call;
drop table call_segments, call_results;
