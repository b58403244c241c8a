-- -> where it lies: recording_sid, null when it is no longer there, and store_name, null when it is not here;
-- the listener is written down. $1 agent, $2 call, $3 address
with call as materialized (
    select c.id, case when coalesce(r.at_provider, true) then c.recording_sid end as recording_sid, r.store_name
    from calls c left join recordings r on r.call_id = c.id
    where c.real_estate_agent_id = $1 and c.id = $2 and c.recording_url is not null and c.recording_sid is not null
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'recording.read', 'call', id, $3 from call
)
select recording_sid, store_name from call
