-- -> a row per call: id, at (its time, as a cursor has it), recorded, recording, item; and in each row, or in the only one
-- of an empty page, total and exact. $1 agent, $2 from, $3 to, $4 $5 cursor: the call that the page comes
-- after, $6 how many, $7 how many to skip, $8 status, $9 direction, $10 has a recording, $11 digits of the
-- other side's number, $12 contact, $13 batch. Null: no such filter.
select t.total, t.exact, p.id, p.at, p.recorded, p.recording, p.item
from calls_total($1, $2, $3, $8, $9, $10::boolean, $11, $12, $13) t
left join (
    select f.id, f.created_at, (extract(epoch from f.created_at) * 1000000)::bigint as at, x.recorded, x.recording, x.item
    from calls_find($1, $2, $3, $4, $5, $6::int, $7::bigint, $8, $9, $10::boolean, $11, $12, $13) f
    cross join lateral (
        select c.recording_url is not null as recorded, recording_json(c)::text as recording,
               call_json(c, null)::text as item
        from calls c where c.id = f.id and c.real_estate_agent_id = $1 offset 0) x
) p on true
order by p.created_at desc, p.id desc
