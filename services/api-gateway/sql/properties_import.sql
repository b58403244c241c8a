-- -> fresh (rows whose address is new), imported (0 unless asked for). An address counts with its city, in
-- upper or lower case. $1 agent, $2 the checked rows: [{address, price, ...}], $3 whether to import, $4 address
with given as materialized (
    select r as b, lower(btrim(r ->> 'address')) as address, lower(btrim(coalesce(r ->> 'city', ''))) as city, position
    from jsonb_array_elements($2::jsonb) with ordinality x (r, position)
), fresh as materialized (
    select distinct on (g.address, g.city) g.* from given g
    where not exists (select from properties p where p.real_estate_agent_id = $1
                      and lower(p.address) = g.address and lower(p.city) = g.city)
    order by g.address, g.city, g.position
), made as (
    insert into properties (real_estate_agent_id, address, city, type, status, price, currency, bedrooms,
                            bathrooms, area_sqm, description)
    select $1, btrim(b ->> 'address'), btrim(coalesce(b ->> 'city', '')), coalesce(b ->> 'type', 'house'),
           coalesce(b ->> 'status', 'available'), (b ->> 'price')::numeric, coalesce(b ->> 'currency', 'USD'),
           (b ->> 'bedrooms')::int, (b ->> 'bathrooms')::int, (b ->> 'area_sqm')::int, coalesce(b ->> 'description', '')
    from fresh where $3::boolean
    order by position
    returning id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, address, detail)
    select 'agent', $1, 'property.import', 'property', $4, jsonb_build_object('rows', (select count(*) from given),
           'imported', (select count(*) from made))
    where $3::boolean
)
select (select count(*) from fresh) as fresh, (select count(*) from made) as imported, null as import_id
