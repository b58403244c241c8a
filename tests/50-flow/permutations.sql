-- Every order of a call's six events, with every pattern of repeating them, each against a call of its own, through
-- test_apply(), which is callbacks_apply.sql. What is left in final_rows is how many different calls came of it.

create table event as
select * from (values
    (1, '{"status":"initiated","at":"2026-03-01T10:00:00Z","direction":"outbound"}'::jsonb, true),
    (2, '{"status":"ringing","at":"2026-03-01T10:00:01Z","direction":"outbound"}', true),
    (3, '{"status":"in-progress","at":"2026-03-01T10:00:06Z","direction":"outbound"}', true),
    (4, '{"status":"completed","at":"2026-03-01T10:01:06Z","duration_seconds":60,"direction":"outbound"}', true),
    (5, '{"recording_sid":"RE1","recording_url":"https://r/RE1","recording_seconds":58}', false),
    (6, '{"answered_by":"human"}', true)) e (nth, body, names_attempt);

create table sequence as
with recursive p (events) as (
    select array[nth] from event
    union all
    select p.events || e.nth from p, event e where e.nth <> all (p.events)
)
select row_number() over () as id, events from p where cardinality(events) = 6;

-- statement by statement: which messages come together, and what is in each. 0: one event each time; 1: and each twice;
-- 2: and one of them again at the end; 3: and then all again; 4: all in one message; 5: in two messages, each twice;
-- 6: each twice in messages of their own, all of them together.
create table delivery as
select s.id * 10 + pattern as call, m.batch, m.message, m.events
from sequence s cross join generate_series(0, 6) pattern
cross join lateral (
    select i as batch, 1 as message,
           case when pattern = 1 then array[s.events[i], s.events[i]] else array[s.events[i]] end as events
    from generate_series(1, 6) i where pattern < 4
    union all select 7, 1, array[s.events[1 + s.id % 6]] where pattern = 2
    union all select 6 + i, 1, array[s.events[i]] from generate_series(1, 6) i where pattern = 3
    union all select 1, 1, s.events where pattern = 4
    union all select 1 + i, 1, s.events[i / 2 * 3 + 1 : i / 2 * 3 + 3] from generate_series(0, 3) i where pattern = 5
    union all select 1, i, array[s.events[1 + (i - 1) % 6]] from generate_series(1, 12) i where pattern = 6
    -- a recording's callback names no attempt: when it comes before the call is known, the broker brings it again
    union all select 99, 1, array[5]) m;

insert into calls (id, voice_agent_id, real_estate_agent_id, from_number, to_number, status, direction)
select 'p' || call, v.id, v.real_estate_agent_id, '+12025550100', '+1' || (3000000000 + call), 'initiated', 'outbound'
from (select distinct call from delivery) d, voice_agents v;
insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at, placed)
select id, real_estate_agent_id, 'outbound', to_number, now() + interval '1 hour', true from calls where id like 'p%';
insert into dial_attempts (id, call_id, real_estate_agent_id, from_number, to_number, state, posted_at)
select 'a' || id, id, real_estate_agent_id, from_number, to_number, 'posting', now() from calls where id like 'p%';

analyze calls, live_calls, dial_attempts, delivery;

do $$
declare r record;
begin
    for r in
        select batch, jsonb_agg(jsonb_build_object('kind', 'status', 'keep', false, 'said', said) order by message) as body
        from (select batch, message, jsonb_build_object('events', jsonb_agg(e.body || jsonb_build_object(
                         'key', d.call || ':' || e.nth, 'call_sid', 'S' || d.call, 'params', '{}'::jsonb,
                         'received_at', '2026-03-01T10:02:00Z')
                         || case when e.names_attempt then jsonb_build_object('attempt_id', 'ap' || d.call) else '{}' end
                         order by d.call, u.place)) as said
              from delivery d cross join lateral unnest(d.events) with ordinality u (nth, place)
              join event e on e.nth = u.nth
              group by batch, message, d.call / 10 % 22) m -- a message has many calls' events
        group by batch
        order by batch
    loop
        perform test_apply(r.body::text, '120');
    end loop;
end $$;

create view final_rows as
select status, duration_seconds, recording_sid, recording_url, recording_seconds, answered_by, started_at, answered_at,
       ended_at, twilio_call_sid = 'S' || substr(c.id, 2) as bound, a.state as attempt, l.call_id is not null as live,
       e.events, count(*) as calls
from calls c
left join dial_attempts a on a.call_id = c.id
left join live_calls l on l.call_id = c.id
left join (select call_id, count(*) as events from call_events group by call_id) e on e.call_id = c.id
where c.id like 'p%'
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13;
