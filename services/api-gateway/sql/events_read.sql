-- -> id, type, data: what listeners are told of these messages, in their order; what there is nothing to tell
-- of is left out. $1 agent, $2 messages as a JSON array: id, type, body
select m.e ->> 'id' as id, m.e ->> 'type' as type, d.data::text as data
from jsonb_array_elements($2::jsonb) with ordinality m (e, n)
cross join lateral (select event_json($1, e ->> 'type', e -> 'body') as data offset 0) d
where d.data is not null
order by m.n
