-- Listings of this agent that fit, the best first; as the JSON the model reads.
-- $1 tenant, $2 words or null, $3 least price, $4 highest price, $5 bedrooms at least, $6 type; null = any
select coalesce(jsonb_agg(to_jsonb(p)), '[]') as properties from (
    select id, address, city, price::bigint as price, currency, bedrooms, bathrooms, area_sqm, type, description
    from properties
    where real_estate_agent_id = $1 and status = 'available'
      and ($3::numeric is null or price >= $3::numeric)
      and ($4::numeric is null or price <= $4::numeric)
      and ($5::int is null or bedrooms >= $5::int)
      and ($6::text is null or type ilike $6)
      and ($2::text is null or concat_ws(' ', address, city, type, description) ilike
           all (array(select '%' || replace(replace(w, '%', ''), '_', '') || '%'
                      from regexp_split_to_table($2, '\s+') w)))
    order by price limit 5) p
