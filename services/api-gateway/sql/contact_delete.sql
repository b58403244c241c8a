-- -> body; no row when there is no such contact. Its calls, and what is on record for its number, stay.
-- $1 agent, $2 contact, $3 address
with gone as (
    delete from contacts where real_estate_agent_id = $1 and id = $2 returning id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'contact.delete', 'contact', id, $3 from gone
)
select json_build_object('id', id, 'status', 'deleted')::text as body from gone
