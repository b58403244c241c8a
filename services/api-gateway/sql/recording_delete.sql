-- Out of everywhere, and the transcript with it if so asked; written down. -> what there was. No row: no such call.
-- $1 agent, $2 call, $3 'true' = the transcript too, $4 address
with call as materialized (
    select id, recording_url is not null as recorded, transcript is not null as transcribed
    from calls where real_estate_agent_id = $1 and id = $2
), gone as materialized (
    select call_delete_words(id, $1) from call where $3::boolean and transcribed
), silent as materialized (
    select recording_delete(id, $1, 'by_agent') from call where recorded
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
    select 'agent', $1, 'recording.delete', 'call', id, $4,
           jsonb_build_object('recording', recorded, 'transcript', $3::boolean and transcribed)
    from call where recorded or ($3::boolean and transcribed)
)
select recorded, transcribed, (select count(*) from gone) + (select count(*) from silent) as parts from call
