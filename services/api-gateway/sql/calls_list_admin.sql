-- -> rows as calls_list.sql, of what admins may read: no number, no recording, no transcript.
-- $1 agent, $2 from, $3 to, $4 $5 cursor, $6 how many, $7 how many to skip, $8 status, $9 direction, $10 batch
select t.total, t.exact, p.id, p.at, p.item
from calls_total_admin($1, $2, $3, $8, $9, $10) t
left join (
    select f.id, f.created_at, (extract(epoch from f.created_at) * 1000000)::bigint as at, x.item
    from calls_find_admin($1, $2, $3, $4, $5, $6::int, $7::bigint, $8, $9, $10) f
    cross join lateral (
        select json_build_object('id', c.id, 'voice_agent_id', c.voice_agent_id,
            'real_estate_agent_id', c.real_estate_agent_id, 'status', c.status, 'direction', c.direction,
            'duration_seconds', c.duration_seconds, 'batch_id', c.batch_id, 'reason', c.end_reason,
            'answered_by', c.answered_by, 'error_code', c.error_code, 'started_at', iso(c.started_at),
            'answered_at', iso(c.answered_at), 'ended_at', iso(c.ended_at),
            'created_at', iso(c.created_at))::text as item
        from calls c where c.id = f.id offset 0) x
) p on true
order by p.created_at desc, p.id desc
