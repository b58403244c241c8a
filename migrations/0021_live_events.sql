-- migrate:up

-- Live events. What happens is an outbox row already (call.changed, batch.changed, and here call.spoke): they
-- name what moved, hold no words, and stay for days, so whoever lost the line can read on from the last one.

-- Each statement that stores turns says so once per call.
create function call_turns_told() returns trigger language plpgsql as $$
begin
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.evt', 'call.spoke', 'call.spoke', real_estate_agent_id, call_id,
           jsonb_build_object('call_id', call_id, 'seqs', jsonb_agg(seq order by seq))
    from spoken group by call_id, real_estate_agent_id;
    return null;
end $$;
create trigger call_turns_told after insert on call_turns referencing new table as spoken
    for each statement execute function call_turns_told();

create index outbox_events on outbox (tenant, id) where exchange = 'va.evt';

create function turn_json(t call_turns) returns json language sql stable as $$
    select json_build_object('seq', t.seq, 'role', t.role, 'text', t.text, 'heard', t.heard,
        'confidence', t.confidence, 'started_ms', t.started_ms, 'ended_ms', t.ended_ms,
        'interrupted', t.interrupted, 'latency', t.latency, 'tool', t.tool, 'degraded', t.degraded)
$$;

-- What a listener of p_agent is told when an event of that type and body has come; null: nothing. It is how
-- things are now, not what changed: hearing it twice does no harm.
create function event_json(p_agent text, p_type text, p_body jsonb) returns json language sql stable as $$
    select case p_type
        when 'call.changed' then (
            select json_build_object('status', coalesce(p_body ->> 'status', c.status), 'call', call_json(c, null))
            from calls c where c.id = p_body ->> 'call_id' and c.real_estate_agent_id = p_agent)
        when 'call.spoke' then (
            select json_build_object('call_id', p_body ->> 'call_id', 'turns', json_agg(turn_json(t) order by t.seq))
            from call_turns t
            where t.call_id = p_body ->> 'call_id' and t.real_estate_agent_id = p_agent
                and t.seq in (select x::int from jsonb_array_elements_text(p_body -> 'seqs') x)
            having count(*) > 0)
        when 'batch.changed' then p_body::json
    end
$$;

-- migrate:down

drop function event_json;
drop function turn_json;
drop index outbox_events;
drop trigger call_turns_told on call_turns;
drop function call_turns_told;
