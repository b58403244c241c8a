-- A caller arrived, or somebody we called answered: open or bind the call, and return everything the
-- conversation needs. No row: the number is not ours, or the attempt is dead (hang up).
-- $1 call SID, $2 from, $3 to, $4 direction, $5 attempt (null: bound before), $6 seconds until the reconciler asks
with ours as (
    select v.id as voice_agent_id, v.real_estate_agent_id
    from phone_numbers n join voice_agents v on v.phone_number_id = n.id
    where $4 = 'inbound' and n.phone_number = $3 and n.status = 'assigned'
), opened as (
    insert into calls (voice_agent_id, real_estate_agent_id, twilio_call_sid, contact_id, from_number, to_number,
                       status, direction, started_at, answered_at)
    select o.voice_agent_id, o.real_estate_agent_id, $1, c.id, $2, $3, 'in-progress', 'inbound', now(), now()
    from ours o
    left join contacts c on c.real_estate_agent_id = o.real_estate_agent_id and c.phone_number = $2
    on conflict (twilio_call_sid) do update set
        status = case when status_rank(calls.status) < 2 then 'in-progress' else calls.status end,
        contact_id = coalesce(calls.contact_id, excluded.contact_id),
        answered_at = coalesce(calls.answered_at, now()), updated_at = now()
    returning *
), placed as materialized ( -- whoever moves an attempt and its call locks the attempt first
    select a.call_id from dial_attempts a
    where $4 = 'outbound' and (a.id = $5 or ($5 is null and a.sid = $1))
      and a.state in ('posting', 'unknown', 'bound') and coalesce(a.sid, $1) = $1
    for update
), answered as (
    update calls c set
        status = case when status_rank(c.status) < 2 then 'in-progress' else c.status end,
        twilio_call_sid = coalesce(c.twilio_call_sid, $1),
        answered_at = coalesce(c.answered_at, now()), updated_at = now()
    from placed p where c.id = p.call_id
    returning c.*
), bound as (
    update dial_attempts a set state = 'bound', sid = $1, updated_at = now()
    from answered c where a.id = $5 and a.call_id = c.id and a.state in ('posting', 'unknown')
), call as (
    select * from opened union all select * from answered
), watched as (
    insert into live_calls (call_id, real_estate_agent_id, direction, far_number, check_at)
    select id, real_estate_agent_id, direction, far_number(direction, from_number, to_number),
           now() + make_interval(secs => $6::int)
    from call where status_rank(status) < 3
    on conflict (call_id) do nothing
)
select c.id as call_id, c.real_estate_agent_id,
       case when a.deleted_at is null then v.status else 'inactive' end as agent_status,
       (extract(epoch from c.answered_at) * 1000)::bigint as answered_ms,
       agent_config(v.id) || jsonb_build_object(
           'contact_name', (select name from contacts where id = c.contact_id)) as config,
       coalesce((select max(t.seq) + 1 from call_turns t where t.call_id = c.id), 0) as next_seq,
       coalesce((select jsonb_agg(jsonb_build_object('role', t.role, 'text', t.text, 'tool', t.tool)
                                  order by t.seq)
                 from call_turns t where t.call_id = c.id), '[]') as turns
from call c
join voice_agents v on v.id = c.voice_agent_id
join real_estate_agents a on a.id = c.real_estate_agent_id
