-- -> body. $1 agent, $2 the checked request body, $3 address of the client
with wish as (
    select $2::jsonb as b
), made as (
    insert into properties as p (real_estate_agent_id, address, city, type, status, price, currency, bedrooms,
                                 bathrooms, area_sqm, description)
    select $1, btrim(b ->> 'address'), btrim(coalesce(b ->> 'city', '')), coalesce(b ->> 'type', 'house'),
           coalesce(b ->> 'status', 'available'), (b ->> 'price')::numeric, coalesce(b ->> 'currency', 'USD'),
           (b ->> 'bedrooms')::int, (b ->> 'bathrooms')::int, (b ->> 'area_sqm')::int, coalesce(b ->> 'description', '')
    from wish
    returning p as property, p.id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'property.add', 'property', id, $3 from made
)
select property_json(property)::text as body from made
