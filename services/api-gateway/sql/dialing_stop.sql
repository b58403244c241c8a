-- -> body, no row when there is no such agent. $1 agent or null (everybody), $2 reason, $3 admin, $4 address
with target as materialized (
    select coalesce($1, 'global') as who
    where $1::text is null or exists (select from real_estate_agents where id = $1)
), stopped as (
    insert into dial_stops (who, reason, by_account) select who, coalesce($2, ''), $3 from target
    on conflict do nothing
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
    select 'admin', $3, 'dialing.stop', 'dialing', who, $4, jsonb_build_object('reason', $2::text) from target
)
select json_build_object('dialing', 'stopped', 'agent_id', $1::text)::text as body from target
