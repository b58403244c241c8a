-- -> a row per call, in the order of the list: id, at, and its columns as text. Parameters as calls_list.sql.
select c.id, (extract(epoch from c.created_at) * 1000000)::bigint as at, iso(c.created_at) as created_at,
       c.direction, c.status, c.end_reason as reason,
       (select k.name from contacts k where k.id = c.contact_id) as contact_name, c.from_number, c.to_number,
       c.duration_seconds, iso(c.started_at) as started_at, iso(c.answered_at) as answered_at,
       iso(c.ended_at) as ended_at, c.answered_by,
       case when c.recording_url is not null then 'yes' else 'no' end as has_recording, c.batch_id
from calls_find($1, $2, $3, $4, $5, $6::int, $7::bigint, $8, $9, $10::boolean, $11, $12, $13) c
order by c.created_at desc, c.id desc
