-- -> body, null when there is none yet; the reader is written down. $1 agent, $2 call, $3 address
with call as materialized (
    select id, transcript from calls where real_estate_agent_id = $1 and id = $2
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'transcript.read', 'call', id, $3 from call where transcript is not null
)
select case when transcript is not null then json_build_object('transcript', transcript)::text end as body from call
