-- Recordings that have been kept long enough; a hundred at a time, and a line of the audit trail each.
-- $1 days
with old as materialized (
    select call_id, real_estate_agent_id from recordings
    where state = 'ready' and created_at < now() - make_interval(days => $1::int)
    order by created_at limit 100 for update skip locked
), noted as (
    insert into audit_log (actor_kind, action, object_kind, object_id, detail)
    select 'system', 'recording.delete', 'call', call_id, jsonb_build_object('reason', 'expired', 'days', $1::int) from old
)
select recording_delete(call_id, real_estate_agent_id, 'expired') from old
