-- migrate:up

-- What did not go as it should in a turn: words of ai-pipeline/degraded.tbl.h; null: from before.
alter table call_turns add column degraded text[];

-- Turns that came before their call: it was answered without the database, and its row is opened by a
-- callback. They are taken over when the row gets its SID; what nobody wants in a day is nobody's.
create table turns_waiting (
    call_sid             text not null,
    seq                  int not null,
    real_estate_agent_id text not null,
    turn                 jsonb not null,
    received_at          timestamptz not null default now(),
    primary key (call_sid, seq)
);
create index turns_waiting_received on turns_waiting (received_at);

create function turns_keep(p_call text, p_agent text, p_turns jsonb) returns void language plpgsql as $$
begin
    insert into call_turns (call_id, seq, real_estate_agent_id, role, text, heard, confidence, started_ms,
                            ended_ms, interrupted, latency, tool, degraded)
    select p_call, t.seq, p_agent, t.role, t.text, t.heard, t.confidence, coalesce(t.started_ms, 0),
           coalesce(t.ended_ms, 0), coalesce(t.interrupted, false), t.latency, t.tool, t.degraded
    from jsonb_to_recordset(p_turns) as t (seq int, role text, text text, heard text, confidence real,
         started_ms int, ended_ms int, interrupted boolean, latency jsonb, tool jsonb, degraded text[])
    on conflict (call_id, seq) do nothing;
    update calls set transcript = call_transcript(id), updated_at = now() where id = p_call;
end $$;

-- The lock lets nobody give the call its SID between the look for it and the commit.
create function turns_store(p_sid text, p_agent text, p_turns jsonb) returns void language plpgsql as $$
declare
    call record;
begin
    perform pg_advisory_xact_lock(hashtextextended(p_sid, 12));
    select id, real_estate_agent_id into call from calls where twilio_call_sid = p_sid;
    if found then
        perform turns_keep(call.id, call.real_estate_agent_id, p_turns);
        return;
    end if;
    insert into turns_waiting (call_sid, seq, real_estate_agent_id, turn)
    select p_sid, (t ->> 'seq')::int, coalesce(p_agent, ''), t from jsonb_array_elements(p_turns) t
    on conflict do nothing;
    delete from turns_waiting where received_at < now() - interval '1 day';
end $$;

-- With the pipeline's rights, whoever gives the call its SID: what follows from turns is its business.
create function calls_take_turns() returns trigger language plpgsql
security definer set search_path = public, pg_temp as $$
declare
    turns jsonb;
begin
    perform pg_advisory_xact_lock(hashtextextended(new.twilio_call_sid, 12));
    with taken as (
        delete from turns_waiting
        where call_sid = new.twilio_call_sid and real_estate_agent_id = new.real_estate_agent_id
        returning seq, turn
    )
    select jsonb_agg(turn order by seq) into turns from taken;
    if turns is not null then
        perform turns_keep(new.id, new.real_estate_agent_id, turns);
    end if;
    return null;
end $$;
create trigger calls_take_turns_opened after insert on calls for each row
    when (new.twilio_call_sid is not null) execute function calls_take_turns();
create trigger calls_take_turns_bound after update of twilio_call_sid on calls for each row
    when (new.twilio_call_sid is not null and old.twilio_call_sid is distinct from new.twilio_call_sid)
    execute function calls_take_turns();

-- Rights, as in 0003. A new owner needs the schema for a moment.
alter table turns_waiting enable row level security;
alter table turns_waiting force row level security;
create policy others on turns_waiting to va_pipeline using (true) with check (true);
grant select, insert, delete on turns_waiting to va_pipeline;
grant create on schema public to va_pipeline;
alter function calls_take_turns() owner to va_pipeline;
revoke create on schema public from va_pipeline;

-- migrate:down

drop trigger calls_take_turns_opened on calls;
drop trigger calls_take_turns_bound on calls;
drop function calls_take_turns(), turns_store(text, text, jsonb), turns_keep(text, text, jsonb);
drop table turns_waiting;
alter table call_turns drop column degraded;
