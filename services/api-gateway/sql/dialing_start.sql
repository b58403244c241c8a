-- -> body, no row when there is no such agent. $1 agent or null (the stop of everybody), $2 admin, $3 address
with target as materialized (
    select coalesce($1, 'global') as who
    where $1::text is null or exists (select from real_estate_agents where id = $1)
), started as (
    delete from dial_stops using target where dial_stops.who = target.who
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'admin', $2, 'dialing.start', 'dialing', who, $3 from target
)
select json_build_object('dialing', 'started', 'agent_id', $1::text)::text as body from target
