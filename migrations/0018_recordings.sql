-- migrate:up

-- What became of a call's recording, and where it lies. The row comes from what the provider says of it;
-- a call without a row has no recording, not yet or never. What is to happen to it (into our store, out of
-- the provider's, or out of everywhere) follows from the row: whoever works on it brings it there.
create table recordings (
    call_id              text primary key references calls (id) on delete cascade,
    real_estate_agent_id text not null,
    sid                  text,
    state                text not null check (state in ('running', 'ready', 'absent', 'failed', 'deleted')),
    reason               text,                        -- too_short, silent, not_recorded; by_agent, expired
    channels             int,
    started_at           timestamptz,                 -- the provider's, whole seconds
    at_provider          boolean not null default true,
    store_name           text,                        -- in our store; null: not there
    bytes                bigint,
    sha256               text,
    peaks                json,                        -- what a player draws
    due_at               timestamptz,                 -- somebody has to see to it by then; null: all is done
    tries                int not null default 0,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now()
);
create index recordings_due on recordings (due_at) where due_at is not null;
create index recordings_kept on recordings (created_at) where state = 'ready';

insert into recordings (call_id, real_estate_agent_id, sid, state, created_at)
select id, real_estate_agent_id, recording_sid, 'ready', created_at from calls
where recording_url is not null and recording_sid is not null;

-- The provider's words, each of which comes into the ledger once. A row trigger with a condition: of all
-- that is written there, only this little pays for it. What has been deleted stays deleted.
create function recordings_heard() returns trigger language plpgsql as $$
declare
    words jsonb := new.params;
    word  text := case words ->> 'RecordingStatus' when 'completed' then 'ready' when 'in-progress' then 'running'
                  when 'absent' then 'absent' when 'failed' then 'failed' end;
    began timestamptz;
begin
    if word is null or coalesce(words ->> 'RecordingSid', '') !~ '^RE[0-9a-fA-F]{32}$' then
        return null;
    end if;
    begin
        began := (words ->> 'RecordingStartTime')::timestamptz;
    exception when data_exception then
        began := null;
    end;
    insert into recordings as r (call_id, real_estate_agent_id, sid, state, reason, channels, started_at, due_at)
    values (new.call_id, new.real_estate_agent_id, words ->> 'RecordingSid', word,
            case when word = 'absent' then case words ->> 'ErrorCode' when '16101' then 'too_short'
                                           when '16102' then 'silent' else 'not_recorded' end end,
            substring(words ->> 'RecordingChannels' from '^[12]$')::int, began,
            case when word = 'ready' then now() + interval '5 minutes' end)
    on conflict (call_id) do update
        set sid = excluded.sid, state = excluded.state, reason = excluded.reason,
            channels = coalesce(excluded.channels, r.channels), started_at = coalesce(r.started_at, excluded.started_at),
            due_at = excluded.due_at, updated_at = now()
        where r.state in ('running', 'absent', 'failed') and excluded.state <> 'running';
    if found and word = 'ready' then
        perform recording_see_to(new.call_id, new.real_estate_agent_id);
    end if;
    return null;
end $$;

create function recording_see_to(p_call text, p_agent text) returns void language sql as $$
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    values ('va.cmd', 'recording.store', 'recording.store', p_agent, p_call, jsonb_build_object('call_id', p_call))
$$;

create trigger call_events_recordings after insert on call_events for each row
    when (new.kind = 'recording' and new.call_id is not null) execute function recordings_heard();

-- Out of everywhere. From now on nobody hears it; the message sees to the copies.
create function recording_delete(p_call text, p_agent text, p_reason text) returns void language plpgsql as $$
begin
    insert into recordings as r (call_id, real_estate_agent_id, sid, state, reason, due_at)
    select id, real_estate_agent_id, recording_sid, 'deleted', p_reason, now() + interval '5 minutes'
    from calls where id = p_call and real_estate_agent_id = p_agent
    on conflict (call_id) do update
        set state = 'deleted', reason = p_reason, peaks = null, due_at = excluded.due_at, tries = 0, updated_at = now();
    update calls set recording_url = null, updated_at = now() where id = p_call and real_estate_agent_id = p_agent;
    perform recording_see_to(p_call, p_agent);
end $$;

-- Turns count from the answer, the recording begins later: what to take off their times so that they are
-- its times. Null: no recording, or its beginning is not known. It is told in whole seconds: half of one more
-- is the better guess. What makes no sense is no offset.
create function recording_offset_ms(c calls) returns int language sql stable as $$
    select case when r.started_at - c.answered_at between interval '-1 second' and interval '1 day'
                then greatest((extract(epoch from r.started_at - c.answered_at) * 1000)::int + 500, 0) else 0 end
    from recordings r
    where r.call_id = c.id and r.started_at is not null and c.answered_at is not null and c.recording_url is not null
$$;

-- What was said, whoever wrote it down.
create function call_delete_words(p_call text, p_agent text) returns void language plpgsql as $$
begin
    delete from call_turns where call_id = p_call and real_estate_agent_id = p_agent;
    update calls set transcript = null, updated_at = now() where id = p_call and real_estate_agent_id = p_agent;
end $$;

-- What the API says of it: where there is none, why. An expression only, so that it is made part of the
-- statement that uses it: a list shows twenty.
create function recording_json(c calls, r recordings, wanted boolean) returns json language sql stable as $$
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

alter table recordings enable row level security;
alter table recordings force row level security;
create policy tenant on recordings to va_agent using (real_estate_agent_id = app_tenant())
    with check (real_estate_agent_id = app_tenant());
create policy others on recordings to va_dialer, va_pipeline using (true) with check (true);
grant select, insert, update on recordings to va_agent, va_dialer;
grant select on recordings to va_pipeline;
grant delete on call_turns to va_agent; -- with the transcript, when the agent wants it gone
grant insert on audit_log to va_dialer; -- what has expired

-- migrate:down

revoke insert on audit_log from va_dialer;
revoke delete on call_turns from va_agent;
drop trigger call_events_recordings on call_events;
drop function recording_json(calls, recordings, boolean);
drop function recording_offset_ms(calls);
drop function call_delete_words, recording_delete, recording_see_to, recordings_heard;
drop table recordings;
