-- Store finished turns, each once. No row: the call is not known yet.
-- $1 call SID, $2 turns as JSON
with call as (
    select id, real_estate_agent_id from calls where twilio_call_sid = $1
), stored as (
    insert into call_turns (call_id, seq, real_estate_agent_id, role, text, heard, confidence, started_ms,
                            ended_ms, interrupted, latency, tool)
    select c.id, t.seq, c.real_estate_agent_id, t.role, t.text, t.heard, t.confidence, coalesce(t.started_ms, 0),
           coalesce(t.ended_ms, 0), coalesce(t.interrupted, false), t.latency, t.tool
    from call c, jsonb_to_recordset($2::jsonb -> 'turns') as t (seq int, role text, text text, heard text,
         confidence real, started_ms int, ended_ms int, interrupted boolean, latency jsonb, tool jsonb)
    on conflict (call_id, seq) do nothing
)
select id from call
