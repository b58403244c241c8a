-- -> body; no row when there is no such viewing. A second time changes nothing. $1 agent, $2 viewing, $3 address
with mine as materialized (
    select v as viewing from viewings v where real_estate_agent_id = $1 and id = $2
), done as (
    update viewings v set status = 'cancelled', updated_at = now()
    where v.real_estate_agent_id = $1 and v.id = $2 and v.status = 'booked'
    returning v as viewing, v.id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'viewing.cancel', 'viewing', id, $3 from done
)
select viewing_json(coalesce((select viewing from done), mine.viewing))::text as body from mine
