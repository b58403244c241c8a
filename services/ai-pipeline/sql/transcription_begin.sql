-- A recording that is still to be transcribed, and what was said as far as it is known. No row: nothing to do.
-- $1 call
select case when coalesce(k.at_provider, true) and coalesce(k.state, 'ready') = 'ready' then c.recording_sid end as sid,
       case when k.state = 'ready' then k.store_name end as store_name, coalesce(v.settings ->> 'language', 'en-US') as language,
       (select string_agg(distinct address, ', ') from (select p.address from properties p
        where p.real_estate_agent_id = c.real_estate_agent_id order by p.id limit 20) h) as hints,
       coalesce((select jsonb_agg(jsonb_build_object('seq', t.seq, 'role', t.role, 'text', coalesce(t.heard, t.text))
                                  order by t.seq)
                 from call_turns t where t.call_id = c.id and t.role in ('caller', 'agent')), '[]') as turns
from call_results r join calls c on c.id = r.call_id join voice_agents v on v.id = c.voice_agent_id
left join recordings k on k.call_id = c.id
where r.call_id = $1 and r.transcription = 'pending' and c.recording_sid is not null
