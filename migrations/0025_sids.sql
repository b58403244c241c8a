-- migrate:up

-- call.changed names the call as the network does, too: a conversation that began without the database knows no other name
-- of its call, and is to learn that it is over.
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

create or replace function calls_told_opened() returns trigger language plpgsql as $$
begin
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select distinct on (coalesce(batch_id, id)) 'va.evt', 'call.changed', 'call.changed', real_estate_agent_id, id,
           jsonb_strip_nulls(jsonb_build_object('call_id', id, 'call_sid', twilio_call_sid, 'status', status))
    from opened order by coalesce(batch_id, id), id;
    return null;
end $$;

-- migrate:down

create or replace function calls_told() returns trigger language plpgsql as $$
begin
    with moved as materialized (
        select n.id, n.real_estate_agent_id, n.status
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
           jsonb_build_object('call_id', id, 'status', status) from moved;
    return null;
end $$;

create or replace function calls_told_opened() returns trigger language plpgsql as $$
begin
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select distinct on (coalesce(batch_id, id)) 'va.evt', 'call.changed', 'call.changed', real_estate_agent_id, id,
           jsonb_build_object('call_id', id, 'status', status) from opened order by coalesce(batch_id, id), id;
    return null;
end $$;
