-- -> body. $1 agent, $2 reason, $3 address
with stopped as (
    insert into dial_stops (who, reason, by_account) values ($1, coalesce($2, ''), $1)
    on conflict do nothing
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
    values ('agent', $1, 'dialing.stop', 'dialing', $1, $3, jsonb_build_object('reason', $2::text))
)
select json_build_object('dialing', 'stopped', 'agent_id', $1::text)::text as body
