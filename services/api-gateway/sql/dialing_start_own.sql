-- -> body; no row when an admin has stopped it: then only an admin lifts it. $1 agent, $2 address
with started as (
    delete from dial_stops where who = $1 and by_account = $1 returning who
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'dialing.start', 'dialing', who, $2 from started
)
select json_build_object('dialing', 'started', 'agent_id', $1::text)::text as body
where not exists (select from dial_stops where who in ('global', $1) and by_account is distinct from $1)
