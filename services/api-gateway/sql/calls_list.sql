-- -> a row per call: at (its time, as a cursor has it), recorded, its recording's members from state on, its own from id
-- on; and in each row, or in the only one of an empty page, total and exact. $1 agent, $2 from, $3 to, $4 $5 cursor:
-- the call that the page comes after, $6 how many, $7 how many to skip, $8 status, $9 direction, $10 has a recording,
-- $11 digits of the other side's number, $12 contact, $13 batch. Null: no such filter. The members are call_json()'s.
-- w.wanted stands by itself, because recording_state() becomes part of this statement only if what it is given is
-- a column; called twenty times it would cost more than all the rest.
select t.total, t.exact, p.*
from calls_total($1, $2, $3, $8, $9, $10::boolean, $11, $12, $13) t
left join (
    select (extract(epoch from c.created_at) * 1000000)::bigint as at, c.recording_url is not null as recorded,
           recording_state(c, r, w.wanted) as state, recording_reason(c, r, w.wanted) as reason,
           case when c.recording_url is not null then c.recording_seconds end as seconds,
           case when c.recording_url is not null then r.channels end as channels,
           c.id, c.voice_agent_id, c.real_estate_agent_id,
           c.twilio_call_sid, c.contact_id, (select k.name from contacts k where k.id = c.contact_id) as contact_name,
           c.from_number, c.to_number, c.status, c.direction, c.duration_seconds, null::text as transcript,
           c.transcript is not null as has_transcript, c.recording_sid, c.batch_id, c.end_reason as reason,
           c.answered_by, c.error_code, c.started_at, c.answered_at, c.ended_at, c.created_at
    from calls_find($1, $2, $3, $4, $5, $6::int, $7::bigint, $8, $9, $10::boolean, $11, $12, $13) c
    left join recordings r on r.call_id = c.id
    left join lateral (select v.settings -> 'recording_enabled' is distinct from 'false' as wanted
                       from voice_agents v where v.id = c.voice_agent_id offset 0) w on true
) p on true
order by p.created_at desc, p.id desc
