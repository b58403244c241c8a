-- -> id, recorded, recording, item (with the transcript; its reader is written down). $1 agent, $2 call, $3 address
with mine as materialized (
    select c as call, c.id, c.recording_url is not null as recorded, c.transcript
    from calls c where real_estate_agent_id = $1 and id = $2
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'transcript.read', 'call', id, $3 from mine where transcript is not null
)
select id, recorded, recording_json(call)::text as recording,
       (call_json(call, transcript)::jsonb || call_result_json(call))::text as item from mine
