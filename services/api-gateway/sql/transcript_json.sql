-- -> body: turn by turn; null when there is none. The reader is written down. A turn that was found in the
-- recording has its times from there. $1 agent, $2 call, $3 address
with call as materialized (
    select c as call, c.id, recording_offset_ms(c) as skew
    from calls c where c.real_estate_agent_id = $1 and c.id = $2
), turn as materialized (
    select t.*, coalesce(f.at, t.started_ms - coalesce(skew, 0)) as at,
           coalesce(f.until, t.ended_ms - coalesce(skew, 0)) as until
    from call_turns t, call, lateral (
        select min(g.start_ms) as at, max(g.end_ms) as until from call_segments g
        where g.call_id = t.call_id and g.turn_seq = t.seq and g.real_estate_agent_id = $1) f
    where t.call_id = call.id and t.real_estate_agent_id = $1
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'transcript.read', 'call', id, $3 from call where exists (select from turn)
)
select case when exists (select from turn) then json_build_object(
    'call_id', id, 'axis', case when skew is null then 'call' else 'recording' end, 'recording_offset_ms', skew,
    'turns', (select json_agg(json_build_object('seq', seq, 'role', role, 'text', text, 'heard', heard,
                  'start_ms', at, 'end_ms', until,
                  'confidence', confidence, 'interrupted', interrupted, 'tool', tool) order by seq)
              from turn),
    'segments', coalesce((select json_agg(json_build_object('seq', seq, 'role', role, 'text', text, 'start_ms', start_ms,
                              'end_ms', end_ms, 'turn', turn_seq) order by seq)
                          from call_segments where call_id = call.id and real_estate_agent_id = $1), '[]'))::text end as body
from call
