-- -> rows as calls_list.sql, of what admins may read: no number, no recording, no transcript.
-- $1 agent, $2 from, $3 to, $4 $5 cursor, $6 how many, $7 how many to skip, $8 status, $9 direction, $10 batch
select t.total, t.exact, p.*
from calls_total_admin($1, $2, $3, $8, $9, $10) t
left join (
    select (extract(epoch from f.created_at) * 1000000)::bigint as at, x.*
    from calls_find_admin($1, $2, $3, $4, $5, $6::int, $7::bigint, $8, $9, $10) f
    cross join lateral (
        select c.id, c.voice_agent_id, c.real_estate_agent_id, c.status, c.direction, c.duration_seconds, c.batch_id,
               c.end_reason as reason, c.answered_by, c.error_code, c.started_at, c.answered_at, c.ended_at,
               c.created_at
        from calls c where c.id = f.id offset 0) x
) p on true
order by p.created_at desc, p.id desc
