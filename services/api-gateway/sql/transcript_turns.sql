-- -> a row per turn, in order, with the times of the recording where there is one (else since the answer): at,
-- until, role, speaker, text, heard, tool; at least one row, without a role when nothing was said. The reader
-- is written down. A turn that was found in the recording has its times from there.
-- $1 agent, $2 call, $3 address, $4 'live' as it was understood then, 'recording' heard again
with call as materialized (
    select c.id, v.name, coalesce(recording_offset_ms(c), 0) as skew
    from calls c join voice_agents v on v.id = c.voice_agent_id
    where c.real_estate_agent_id = $1 and c.id = $2
), turn as materialized (
    select t.seq, t.role, t.text, coalesce(t.heard, t.text) as heard,
           coalesce(f.at, t.started_ms - skew) as at, coalesce(f.until, t.ended_ms - skew) as until,
           t.tool ->> 'name' as tool
    from call_turns t, call, lateral (
        select min(g.start_ms) as at, max(g.end_ms) as until from call_segments g
        where g.call_id = t.call_id and g.turn_seq = t.seq and g.real_estate_agent_id = $1) f
    where t.call_id = call.id and t.real_estate_agent_id = $1 and $4 = 'live'
    union all
    select g.seq, g.role, g.text, g.text, g.start_ms, g.end_ms, null
    from call_segments g, call where g.call_id = call.id and g.real_estate_agent_id = $1 and $4 = 'recording'
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'transcript.read', 'call', id, $3 from call where exists (select from turn)
)
select t.role, case t.role when 'caller' then 'Caller' else call.name end as speaker, t.text, t.heard, t.at, t.until,
       t.tool
from call left join turn t on true
order by t.seq
