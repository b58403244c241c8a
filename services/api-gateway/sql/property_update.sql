-- -> body; no row when there is no such property. What the body does not name stays.
-- $1 agent, $2 property, $3 the checked request body, $4 address of the client
with wish as (
    select $3::jsonb as b
), done as (
    update properties p
    set address = coalesce(btrim(b ->> 'address'), p.address), city = coalesce(btrim(b ->> 'city'), p.city),
        type = coalesce(b ->> 'type', p.type), status = coalesce(b ->> 'status', p.status),
        price = coalesce((b ->> 'price')::numeric, p.price), currency = coalesce(b ->> 'currency', p.currency),
        bedrooms = case when b ? 'bedrooms' then (b ->> 'bedrooms')::int else p.bedrooms end,
        bathrooms = case when b ? 'bathrooms' then (b ->> 'bathrooms')::int else p.bathrooms end,
        area_sqm = case when b ? 'area_sqm' then (b ->> 'area_sqm')::int else p.area_sqm end,
        description = coalesce(b ->> 'description', p.description), updated_at = now()
    from wish where p.real_estate_agent_id = $1 and p.id = $2
    returning p as property, p.id, b
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
    select 'agent', $1, 'property.update', 'property', id, $4,
           jsonb_build_object('fields', array(select jsonb_object_keys(b))) from done
)
select property_json(property)::text as body from done
