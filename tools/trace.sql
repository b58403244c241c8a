-- One call's story, from everything that was kept about it: one JSON object per line, {at, who, what, ...}. Numbers are
-- masked; what people said is there only for :words.
-- :call its id, or the telephone network's
with it as (
    select *, coalesce(answered_at, started_at, created_at) as zero,
           case direction when 'inbound' then from_number else to_number end as far
    from calls where id = :'call' or twilio_call_sid = :'call'
), story (at, place, who, what, detail) as (
    select created_at, 0, 'calls', direction || ' call',
           jsonb_build_object('call', id, 'sid', twilio_call_sid, 'far', '***' || right(far, 2), 'contact', contact_id,
                              'agent', real_estate_agent_id, 'batch', batch_id) from it
    union all
    select d.at, 1, 'gate', d.asked, jsonb_build_object('verdict', d.verdict)
    from it join dial_decisions d on d.call_id = it.id
    union all
    select a.created_at, 2, 'dial_attempts', 'planned', jsonb_build_object('attempt', a.id)
    from it join dial_attempts a on a.call_id = it.id
    union all
    select a.posted_at, 3, 'dial_attempts', 'posted', jsonb_build_object('attempt', a.id, 'slot', a.slot, 'fence', a.fence)
    from it join dial_attempts a on a.call_id = it.id where a.posted_at is not null
    union all
    select a.updated_at, 4, 'dial_attempts', a.state, jsonb_build_object('attempt', a.id, 'sid', a.sid, 'reason', a.reason)
    from it join dial_attempts a on a.call_id = it.id
    union all
    select e.received_at, 5, 'network', e.kind || ' ' || coalesce(e.status, ''),
           jsonb_build_object('duration', e.params ->> 'CallDuration', 'answered_by', e.params ->> 'AnsweredBy',
                              'sequence', e.params ->> 'SequenceNumber', 'error', e.params ->> 'ErrorCode')
    from it join call_events e on e.call_id = it.id or e.call_sid = it.twilio_call_sid
    union all
    select it.zero + make_interval(secs => t.started_ms / 1000.0), 6, 'turn ' || t.seq, t.role,
           jsonb_build_object('ms', t.ended_ms - t.started_ms, 'latency', t.latency, 'interrupted', nullif(t.interrupted, false),
                              'degraded', nullif(t.degraded, '{}'), 'tool', t.tool ->> 'name',
                              'words', case when :'words' = 'yes' then t.text end)
    from it join call_turns t on t.call_id = it.id
    union all
    select coalesce(o.sent_at, o.not_before), 7, 'outbox', o.type,
           jsonb_build_object('tries', o.tries, 'waits', case when o.sent_at is null then 'until ' || o.not_before end,
                              'trace', substr(o.trace, 4, 32))
    from it join outbox o on o.call_id = it.id
    union all
    select r.updated_at, 8, 'recordings', r.state,
           jsonb_build_object('reason', r.reason, 'bytes', r.bytes, 'at_provider', r.at_provider, 'kept_as', r.store_name)
    from it join recordings r on r.call_id = it.id
    union all
    select r.updated_at, 9, 'call_results', coalesce(r.outcome, 'no outcome'),
           jsonb_build_object('transcription', r.transcription, 'why', r.transcription_reason, 'summarized', r.summarized,
                              'words', case when :'words' = 'yes' then r.summary end)
    from it join call_results r on r.call_id = it.id
    union all
    select b.tried_at, 10, 'batch', b.state, jsonb_build_object('batch', b.batch_id, 'tries', b.tries, 'outcome', b.outcome,
                                                                'reason', b.reason)
    from it join batch_contacts b on b.call_id = it.id where b.tried_at is not null
    union all
    select coalesce(w.ended_at, w.created_at), 11, 'webhook', w.event, jsonb_build_object('state', w.state, 'tries', w.tries,
                                                                                          'status', w.status, 'ms', w.ms)
    from it join webhook_deliveries w on w.object_id = it.id
    union all
    select min(l.at), 12, 'audit', l.action, jsonb_build_object('by', l.actor_kind, 'outcome', l.outcome,
                                                                'times', nullif(count(*), 1))
    from it join audit_log l on l.object_id = it.id group by l.action, l.actor_kind, l.outcome
    union all
    select ended_at, 13, 'calls', status, jsonb_build_object('seconds', duration_seconds, 'end', end_reason, 'error', error_code,
                                                             'answered_by', answered_by)
    from it where ended_at is not null
)
select jsonb_build_object('at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'who', who, 'what', what)
       || jsonb_strip_nulls(detail)
from story order by at, place;
