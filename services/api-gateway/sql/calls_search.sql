-- -> a row per place where it was said: at, place (for a cursor), snippet (matches between \1 and \2), and from call_id
-- on its members; second is the recording's, where there is one. That somebody searched is written down. $1 agent,
-- $2 what for, $3 $4 $5 cursor: the time in microseconds, call and turn that the page comes after, $6 how many
with noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind) values ('agent', $1, 'transcript.search', 'call')
)
select (extract(epoch from f.at) * 1000000)::bigint as at, f.call_id || '~' || f.seq as place,
       ts_headline(f.language, translate(coalesce(t.heard, t.text), chr(1) || chr(2), ''), f.asked,
                   'MaxWords=24, MinWords=10, StartSel=' || chr(1) || ', StopSel=' || chr(2)) as snippet,
       f.call_id, f.seq, t.role,
       round(greatest(t.started_ms - coalesce(o.skew, 0), 0) / 1000.0, 1) as second, c.created_at, c.direction,
       c.from_number, c.to_number, (select k.name from contacts k where k.id = c.contact_id) as contact_name,
       c.duration_seconds, c.recording_url is not null as has_recording
from calls_search($2, list_moment($3), $4, $5::int, $6::int) f
join call_turns t on t.call_id = f.call_id and t.seq = f.seq and t.real_estate_agent_id = $1
join calls c on c.id = f.call_id and c.real_estate_agent_id = $1
cross join lateral (select recording_offset_ms(c) as skew offset 0) o
order by f.at desc, f.call_id desc, f.seq
