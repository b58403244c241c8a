-- -> body; no row when this agent has no such suppression. It stays as evidence; a second time changes nothing.
-- $1 agent, $2 suppression, $3 address
with mine as materialized (
    select s as suppression from suppressions s where real_estate_agent_id = $1 and id = $2
), done as (
    update suppressions s set lifted_at = now()
    where s.real_estate_agent_id = $1 and s.id = $2 and s.lifted_at is null
    returning s as suppression, s.id, s.source
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
    select 'agent', $1, 'suppression.lift', 'suppression', id, $3, jsonb_build_object('source', source) from done
)
select suppression_json(coalesce((select suppression from done), mine.suppression))::text as body from mine
