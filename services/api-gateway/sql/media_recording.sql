-- -> recording_sid; the listener is written down. $1 agent, $2 call, $3 address
with call as materialized (
    select id, recording_sid from calls
    where real_estate_agent_id = $1 and id = $2 and recording_url is not null and recording_sid is not null
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'recording.read', 'call', id, $3 from call
)
select recording_sid from call
