-- Apply what the provider said: many messages at once, each event exactly once, in any order. The ledger's
-- unique key drops repeats; the status lattice (status_rank) makes order harmless; times merge.
-- An inbound call nobody told us about is opened here. Of two different ends the first is kept, written down, and
-- the provider asked, whose answer ('asked', in a batch of its own) counts. Returns which messages had events that
-- found no call yet, and how many. Rows that others move too are locked by key order, ledger, attempts, calls.
-- $1 [{"kind", "keep": its orphans too, "said": {"events": [...]}}, ...], $2 seconds until the reconciler asks
with said as (
    select m.nth, m.message ->> 'kind' as kind, (m.message ->> 'keep')::boolean as keep, e.*
    from jsonb_array_elements($1::jsonb) with ordinality m (message, nth)
    cross join lateral jsonb_to_recordset(m.message #> '{said,events}') as e (
        key text, call_sid text, attempt_id text, status text, at timestamptz, received_at timestamptz,
        duration_seconds int, direction text, "from" text, "to" text, answered_by text, error_code int,
        recording_sid text, recording_url text, recording_seconds int, params jsonb)
), placed as ( -- whose call: by SID, by the attempt in our signed callback URL, or by the number rung. One by one
    -- (limit): the planner, who takes a batch for ten thousand events, would rather read all calls
    select said.*, said.status is not null and status_rank(said.status) = 3 as ends,
           coalesce(c.id, a.call_id) as call_id,
           coalesce(c.real_estate_agent_id, a.real_estate_agent_id, v.real_estate_agent_id) as tenant,
           v.id as voice_agent_id
    from said
    left join lateral (select * from calls where twilio_call_sid = said.call_sid limit 1) c on true
    left join lateral (select * from dial_attempts where id = said.attempt_id and c.id is null limit 1) a on true
    left join lateral (select v.* from phone_numbers n join voice_agents v on v.phone_number_id = n.id
                       where n.phone_number = said."to" and said.direction = 'inbound' and c.id is null limit 1) v on true
), ledger as (
    insert into call_events (dedupe_key, call_id, real_estate_agent_id, call_sid, kind, status, params, received_at)
    select key, call_id, tenant, call_sid, kind, status, params, received_at from placed
    where tenant is not null or keep order by key
    on conflict (dedupe_key) do nothing
    returning dedupe_key
), news as materialized (
    select call_sid, bool_or(kind = 'asked') as asked, max(call_id) as call_id, max(tenant) as tenant,
           max(voice_agent_id) as voice_agent_id, max("from") as far, max("to") as near,
           (array_agg(status order by status_rank(status) desc, at) filter (where status is not null))[1] as status,
           min(at) filter (where status is not null) as started_at,
           min(at) filter (where status = 'in-progress') as answered_at,
           max(at) filter (where ends) as ended_at,
           array_agg(distinct status) filter (where ends) as ends,
           coalesce(max(duration_seconds), 0) as duration_seconds,
           max(answered_by) as answered_by, max(error_code) as error_code, max(recording_sid) as recording_sid,
           max(recording_url) as recording_url, max(recording_seconds) as recording_seconds
    from placed join ledger on dedupe_key = key
    where tenant is not null
    group by call_sid
), held as materialized ( -- whoever moves an attempt and its call locks the attempt first
    select a.id from dial_attempts a join news n on n.call_id = a.call_id
    where a.state in ('posting', 'unknown') order by a.id for update of a
), stood as materialized ( -- of two who apply the same calls one waits here, and nobody for the other
    select c.id, c.status from calls c join news n on n.call_id = c.id
    where (select count(*) from held) >= 0 order by c.id for no key update of c
), known as (
    update calls c set
        status = case when n.status is null then c.status -- a recording, or an unknown word
                      when status_rank(n.status) > status_rank(c.status) or n.asked and n.ends is not null
                          then n.status else c.status end,
        twilio_call_sid = coalesce(c.twilio_call_sid, n.call_sid),
        started_at = least(c.started_at, n.started_at),
        answered_at = least(c.answered_at, n.answered_at),
        ended_at = greatest(c.ended_at, n.ended_at),
        duration_seconds = greatest(c.duration_seconds, n.duration_seconds),
        answered_by = coalesce(c.answered_by, n.answered_by),
        error_code = coalesce(c.error_code, n.error_code),
        recording_sid = coalesce(c.recording_sid, n.recording_sid),
        recording_url = case when c.recording_sid is null then n.recording_url else c.recording_url end, -- deleted stays so
        recording_seconds = coalesce(c.recording_seconds, n.recording_seconds),
        updated_at = now()
    from news n where c.id = n.call_id and (select count(*) from stood) >= 0
    returning c.id, c.real_estate_agent_id, c.status
), disputed as (
    select n.call_id, n.tenant, n.far, c.status as kept, said
    from news n join stood c on c.id = n.call_id cross join unnest(n.ends) said
    where not n.asked and said <> case when status_rank(c.status) = 3 then c.status else n.status end
), noted as (
    insert into audit_log (actor_kind, action, object_kind, object_id, detail)
    select 'provider', 'call.disputed', 'call', call_id, jsonb_build_object('kept', kept, 'said', said) from disputed
), doubted as ( -- the reconciler asks, although it has ended
    insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at)
    select distinct call_id, tenant, 'disputed', coalesce(far, ''), '-infinity'::timestamptz from disputed
    on conflict (call_id) do update set check_at = excluded.check_at
), settled as (
    delete from live_calls where call_id = any (array(select call_id from placed where kind = 'asked' and ends))
), arrived as ( -- a conflict here means that another writer was faster: the caller tries again
    insert into calls (voice_agent_id, real_estate_agent_id, twilio_call_sid, from_number, to_number, status,
        direction, duration_seconds, started_at, answered_at, ended_at, error_code)
    select voice_agent_id, tenant, call_sid, far, near, coalesce(status, 'in-progress'), 'inbound',
           duration_seconds, started_at, answered_at, ended_at, error_code
    from news where call_id is null order by call_sid
    returning id, real_estate_agent_id, status, from_number
), bound as (
    update dial_attempts a set state = 'bound', sid = n.call_sid, updated_at = now()
    from news n where a.call_id = n.call_id and a.state in ('posting', 'unknown')
), alive as ( -- a tenth sooner or later is not worth a write
    update live_calls l set check_at = now() + make_interval(secs => $2::int)
    from known k where l.call_id = k.id and status_rank(k.status) < 3
      and l.check_at not between now() + 0.9 * make_interval(secs => $2::int) and now() + make_interval(secs => $2::int)
), watched as (
    insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at)
    select id, real_estate_agent_id, 'inbound', from_number, now() + make_interval(secs => $2::int)
    from arrived where status_rank(status) < 3
)
select nth - 1 as message, count(*) as orphans from placed where tenant is null group by nth
