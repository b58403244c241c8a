-- One listing, as the JSON the model reads; no row when this agent has no such one.
-- $1 tenant, $2 property
select json_strip_nulls(json_build_object('property', json_build_object(
           'id', id, 'address', address, 'city', city, 'price', price::bigint, 'currency', currency,
           'bedrooms', bedrooms, 'bathrooms', bathrooms, 'area_sqm', area_sqm, 'type', type, 'status', status,
           'description', left(description, 3000)))) as property
from properties where real_estate_agent_id = $1 and id = $2
