-- -> body. $1 agent, $2 batch
with batch as materialized (
    select *, batch_state(batches) as now from batches where real_estate_agent_id = $1 and id = $2
), call as materialized (
    select c.* from calls c, batch where c.batch_id = batch.id and c.real_estate_agent_id = $1
)
select json_build_object(
    'batch_id', id, 'state', now, 'delay_seconds', delay_seconds, 'total', total,
    'created_at', iso(created_at),
    'counts', coalesce((select json_object_agg(status, n)
                        from (select status, count(*) as n from call group by status) by_status), '{}'),
    'calls', coalesce((select json_agg(json_build_object('call_id', call.id, 'call_sid', twilio_call_sid,
                           'contact_id', contact_id, 'to_number', to_number, 'status', status,
                           'reason', end_reason, 'duration_seconds', duration_seconds)
                           order by batch_position) from call), '[]'))::text as body
from batch
