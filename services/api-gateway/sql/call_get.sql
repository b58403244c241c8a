-- -> id, recorded, recording, item (with the transcript; its reader is written down). A call that is planned in a
-- batch is shown as what it will be. $1 agent, $2 call, $3 address
with mine as materialized (
    select c as call, c.id, c.recording_url is not null as recorded, c.transcript,
           recording_json(c, r, (select v.settings -> 'recording_enabled' is distinct from 'false'
                                 from voice_agents v where v.id = c.voice_agent_id)) as recording
    from calls c left join recordings r on r.call_id = c.id
    where c.real_estate_agent_id = $1 and c.id = $2
), planned as (
    select jsonb_populate_record(null::calls, jsonb_build_object(
        'id', i.call_id, 'voice_agent_id', v.id, 'real_estate_agent_id', $1::text, 'contact_id', i.contact_id,
        'from_number', n.phone_number, 'to_number', i.to_number, 'direction', 'outbound', 'duration_seconds', 0,
        'status', case i.state when 'ended' then 'canceled' else 'initiated' end, 'end_reason', i.reason,
        'batch_id', i.batch_id, 'created_at', b.created_at)) as call
    from batch_contacts i join batches b on b.id = i.batch_id
    join voice_agents v on v.real_estate_agent_id = $1 join phone_numbers n on n.id = v.phone_number_id
    where i.real_estate_agent_id = $1 and i.call_id = $2 and not exists (select from mine)
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'transcript.read', 'call', id, $3 from mine where transcript is not null
)
select id, recorded, recording::text,
       (call_json(call, transcript)::jsonb || call_result_json(call) || jsonb_build_object('decisions', coalesce(
            (select jsonb_agg(jsonb_build_object('at', iso(d.at), 'asked', d.asked, 'verdict', d.verdict) order by d.id)
             from dial_decisions d where d.real_estate_agent_id = $1 and d.call_id = c.id), '[]')))::text as item
from (select id, recorded, recording, call, transcript from mine
      union all select $2, false, recording_json(call, null, true), call, null from planned) c
