-- Keep what a recording says. Where the live turns have no words of the caller, or doubtful ones, the summary is
-- made (again) from it.
-- $1 call, $2 segments as JSON, $3 'done' or 'failed', $4 reason or null
with result as (
    update call_results r set transcription = $3, transcription_reason = $4, updated_at = now(),
           summarized = case when again.yes then 'pending' else r.summarized end
    from (select $3 = 'done' and jsonb_array_length($2::jsonb) > 0
                 and coalesce((select min(t.confidence) < 0.6 or count(*) = 0 from call_turns t
                               where t.call_id = $1 and t.role = 'caller'), true) as yes) again
    where r.call_id = $1 and r.transcription = 'pending'
    returning r.call_id, r.real_estate_agent_id, again.yes
), stored as (
    insert into call_segments (call_id, seq, real_estate_agent_id, role, turn_seq, start_ms, end_ms, text)
    select r.call_id, g.seq, r.real_estate_agent_id, g.role, g.turn_seq, g.start_ms, g.end_ms, g.text
    from result r, jsonb_to_recordset($2::jsonb) as g (seq int, role text, turn_seq int, start_ms int, end_ms int, text text)
    on conflict do nothing
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body, not_before)
select 'va.cmd', 'call.summarize', 'call.summarize', real_estate_agent_id, call_id,
       jsonb_build_object('call_id', call_id), now() from result where yes
