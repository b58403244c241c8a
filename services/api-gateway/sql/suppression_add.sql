-- -> created, body: the one that holds already, or a new one. $1 agent, $2 number, $3 reason or null, $4 address
with holds as materialized (
    select s as suppression from suppressions s
    where real_estate_agent_id = $1 and phone_number = $2 and lifted_at is null
    order by id limit 1
), made as (
    insert into suppressions as s (real_estate_agent_id, phone_number, source, reason)
    select $1, $2, 'agent', coalesce($3, '') where not exists (select from holds)
    returning s as suppression, s.id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'suppression.add', 'suppression', id, $4 from made
)
select exists (select from made) as created,
       suppression_json(coalesce((select suppression from made), (select suppression from holds)))::text as body
