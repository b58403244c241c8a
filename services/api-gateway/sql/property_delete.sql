-- -> body, null while viewings of it are booked; no row when there is no such property.
-- $1 agent, $2 property, $3 address of the client
with mine as materialized (
    select p.id, exists (select from viewings v where v.property_id = p.id and v.status = 'booked' and v.ends_at > now())
           as booked
    from properties p where p.real_estate_agent_id = $1 and p.id = $2
), gone as (
    delete from properties p using mine where p.id = mine.id and not mine.booked returning p.id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'property.delete', 'property', id, $3 from gone
)
select (select json_build_object('id', id, 'status', 'deleted') from gone)::text as body from mine
