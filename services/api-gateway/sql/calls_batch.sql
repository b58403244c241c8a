-- Opens a call to each contact, due one after another. -> refusal (a word, null when opened), body.
-- $1 agent, $2 the checked request body, $3 batch id, $4 countries, $5 trace
with wanted as materialized (
    select id, position
    from jsonb_array_elements_text($2::jsonb -> 'contact_ids') with ordinality w (id, position)
), target as materialized (
    select jsonb_agg(jsonb_build_object('contact_id', c.id, 'to', c.phone_number) order by w.position) as list,
           count(*) as n
    from wanted w join contacts c on c.real_estate_agent_id = $1 and c.id = w.id
), verdict as materialized (
    select case when target.n < (select count(*) from wanted) then 'contact_missing'
                when exists (select from dial_stops where who in ('global', $1)) then 'dialing_stopped'
                when not exists (select from voice_agents where real_estate_agent_id = $1 and status = 'active')
                    then 'agent_inactive' end as refusal, target.list
    from target
), opened as materialized (
    select o.*, row_number() over () as position
    from (select list from verdict where refusal is null) v
    cross join lateral calls_open($1, v.list, $3, coalesce(($2::jsonb ->> 'delay_seconds')::int, 0),
                                  $4::text[], $5) o
)
select refusal, case when refusal is null then json_build_object(
        'batch_id', $3::text,
        'call_count', (select count(*) from opened where reason is null),
        'calls', (select json_agg(json_build_object('call_id', call_id, 'contact_id', contact_id,
                          'to_number', to_number, 'status', status, 'reason', reason,
                          'due', case when reason is null then iso(due) end) order by position)
                  from opened))::text end as body
from verdict
