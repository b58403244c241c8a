-- Plans a call to each contact. -> refusal (a word, null when planned), body.
-- $1 agent, $2 the checked request body, $3 batch id, $4 countries, $5 trace, $6 whether only to look,
-- $7 calls per second of the account, $8 lines there are for calls we place
with asked as materialized (
    select $2::jsonb as j
), wanted as materialized (
    select id, position
    from asked, jsonb_array_elements_text(j -> 'contact_ids') with ordinality w (id, position)
    union all -- who is no contact any more is not called
    select i.contact_id, i.position
    from asked, contact_imports i join contacts c on c.real_estate_agent_id = $1 and c.id = i.contact_id
    where i.real_estate_agent_id = $1 and i.import_id = j ->> 'import_id'
), target as materialized (
    select row_number() over (order by w.position) as position, c.id, c.phone_number
    from wanted w join contacts c on c.real_estate_agent_id = $1 and c.id = w.id
), verdict as materialized (
    select case when not exists (select from wanted) then 'import_missing'
                when (select count(*) from target) < (select count(*) from wanted) then 'contact_missing'
                when exists (select from dial_stops where who in ('global', $1)) then 'dialing_stopped'
                when not exists (select from voice_agents where real_estate_agent_id = $1 and status = 'active')
                    then 'agent_inactive' end as refusal
), plan as materialized (
    select $3::text as id, $1::text as real_estate_agent_id, j ->> 'name' as name,
           coalesce((j ->> 'delay_seconds')::int, 0) as delay_seconds,
           coalesce(j ->> 'when_closed', 'wait') as when_closed,
           coalesce((j -> 'retry' ->> 'max_attempts')::int, 2) as max_attempts,
           coalesce((j -> 'retry' ->> 'spacing_seconds')::int, 3600) as retry_seconds,
           array(select jsonb_array_elements_text(j -> 'retry' -> 'on')) as retry_on,
           coalesce((j -> 'breaker' ->> 'window')::int, 20) as breaker_window,
           coalesce((j -> 'breaker' ->> 'percent')::int, 80) as breaker_percent,
           coalesce((j -> 'breaker' ->> 'refused')::int, 10) as breaker_refused
    from asked, verdict where refusal is null
), gated as materialized ( -- who is on the line now may be called later: that is asked again anyway
    select g.position, g.id, g.number, nullif(g.reason, 'live_call') as reason, g.zones
    from plan cross join lateral rows from (
        unnest(array(select id from target order by position)),
        unnest(array(select phone_number from target order by position)),
        dial_look($1, array(select phone_number from target order by position), $4::text[]))
        with ordinality g (id, number, reason, zones, position)
), capped as materialized (
    select position, id, number, zones, uuid7() as call_id,
           case when reason is null and row_number() over (partition by reason is null order by position)
                > (select coalesce(daily_calls_left($1), 0)) then 'daily_cap' else reason end as reason
    from gated
), night as materialized ( -- when it is day again, asked once per place
    select zones, dial_opens(zones, now() + interval '1 second') as opens
    from (select distinct zones from capped where reason = 'quiet_hours') n
), paced as materialized (
    select c.*, case when c.reason is null then now() when when_closed = 'skip' then null
                     when c.reason = 'quiet_hours' then night.opens
                     when c.reason = 'daily_cap' then tomorrow end as not_before,
           now() + make_interval(secs => delay_seconds * (count(*) filter (where c.reason is null)
               over (order by c.position) - 1)) as turn
    from plan, (select agent_tomorrow($1) as tomorrow) t, capped c left join night using (zones)
), batch as (
    insert into batches (id, real_estate_agent_id, name, delay_seconds, total, when_closed, max_attempts, retry_seconds,
                         retry_on, breaker_window, breaker_percent, breaker_refused, trace)
    select id, real_estate_agent_id, name, delay_seconds, (select count(*) from target), when_closed, max_attempts,
           retry_seconds, retry_on, breaker_window, breaker_percent, breaker_refused, $5
    from plan where not $6::boolean
), contact as (
    insert into batch_contacts (batch_id, position, real_estate_agent_id, contact_id, to_number, call_id, state, outcome,
                                reason, not_before, zones)
    select $3, position, $1, id, number, call_id, case when not_before is null then 'ended' else 'waiting' end,
           case when not_before is null then 'skipped' end, reason, coalesce(not_before, now()), zones
    from paced where not $6::boolean
), pace as (
    select p.* from plan, batch_pace(delay_seconds, $7::float8, $8::float8, 60) p
)
select refusal, case when refusal is null then json_build_object(
        'batch_id', case when not $6::boolean then $3::text end,
        'forecast', (select json_build_object('finish_at', iso(dial_finish(
                             (select jsonb_agg(jsonb_build_object('zones', zones, 'n', n))
                              from (select zones, count(*) as n from paced where not_before is not null group by zones) g),
                             each, now())), 'limited_by', by, 'calls_per_minute', round((60 / each)::numeric, 2),
                         'waiting', (select count(*) from paced where reason is not null and not_before is not null),
                         'refused', coalesce((select json_object_agg(reason, n) from (
                             select reason, count(*) as n from paced where not_before is null group by reason) r), '{}'))
                     from pace),
        'call_count', (select count(*) from paced where not_before is not null),
        'calls', (select json_agg(json_build_object('call_id', call_id, 'contact_id', id, 'to_number', number,
                          'status', case when not_before is null then 'canceled' else 'initiated' end, 'reason', reason,
                          'due', case when not_before is not null then iso(greatest(turn, not_before)) end) order by position)
                  from paced))::text end as body
from verdict
