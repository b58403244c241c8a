-- Listings of this agent that fit, the cheapest first; when none does, those that come closest in
-- bedrooms and price. As the JSON the model reads.
-- $1 tenant, $2 words or null, $3 least price, $4 highest price, $5 bedrooms at least, $6 type; null = any
with wish as (
    select $2::text as words, $3::numeric as low, $4::numeric as high, $5::int as bedrooms, $6::text as type
), offered as (
    select p.*, w.words is null or concat_ws(' ', p.address, p.city, p.type, p.description) ilike all (array(
               select '%' || replace(replace(replace(x, '\', ''), '%', ''), '_', '') || '%'
               from regexp_split_to_table(w.words, '\s+') x)) as named,
           (w.type is null or p.type ilike w.type) as of_type,
           (w.low is null or p.price >= w.low) and (w.high is null or p.price <= w.high) as of_price,
           (w.bedrooms is null or p.bedrooms >= w.bedrooms) as of_size,
           greatest(p.price / nullif(w.high, 0) - 1, 1 - p.price / nullif(w.low, 0), 0) as beyond,
           greatest(w.bedrooms - p.bedrooms, 0) as short
    from properties p, wish w
    where p.real_estate_agent_id = $1 and p.status = 'available'
), fits as (
    select * from offered where named and of_type and of_price and of_size order by price limit 5
), near as (
    select * from offered where beyond <= 0.3 and short <= 1
    order by named desc, of_type desc, short, beyond, price limit 3
), told as (
    select 'properties' as key, jsonb_agg(to_jsonb(j)) as list
    from (select id, address, city, price::bigint as price, currency, bedrooms, bathrooms, area_sqm, type,
                 left(description, 240) as description
          from fits) j
    union all
    select 'nothing_fits_but_these_are_close', jsonb_agg(to_jsonb(j))
    from (select id, address, city, price::bigint as price, currency, bedrooms, bathrooms, area_sqm, type,
                 left(description, 240) as description
          from near where not exists (select from fits)) j
)
select (select jsonb_object_agg(key, coalesce(list, '[]')) from told where key = 'properties' or list is not null)
       as properties
