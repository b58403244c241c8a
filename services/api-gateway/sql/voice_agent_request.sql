-- -> approved (there is a voice agent already), body; body is null when a request is pending. $1 agent
with state as materialized (
    select exists (select from voice_agents where real_estate_agent_id = $1) as approved
), made as (
    insert into voice_agent_requests (real_estate_agent_id)
    select $1 from state where not approved
    on conflict do nothing
    returning id, status
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id)
    select 'agent', $1, 'request.create', 'voice_agent_request', id from made
)
select approved, (select json_build_object('request_id', id, 'status', status)::text from made) as body
from state
