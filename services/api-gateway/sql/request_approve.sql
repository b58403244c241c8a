-- -> status of the request afterwards, agent_id; no row when there is none. A second time changes nothing.
-- $1 request, $2 admin, $3 trace, $4 address
with request as materialized (
    select q.id, q.real_estate_agent_id, q.status from voice_agent_requests q where id = $1 for update
), approved as (
    update voice_agent_requests q
    set status = 'approved', reviewed_at = now(), reviewed_by = $2, updated_at = now()
    from request where q.id = request.id and request.status = 'pending'
    returning q.real_estate_agent_id
), made as (
    insert into voice_agents (real_estate_agent_id, name, settings)
    select a.id, left('Assistant of ' || a.name, 100), jsonb_build_object(
               'mode', 'stream', 'voice_gender', 'female', 'voice_speed', 'normal', 'language', 'en-US',
               'greeting_message', 'Hello! How can I help you today?', 'custom_commands', '[]'::jsonb,
               'recording_enabled', true)
    from approved join real_estate_agents a on a.id = approved.real_estate_agent_id
    on conflict (real_estate_agent_id) do nothing
    returning id, real_estate_agent_id
), asked as (
    insert into outbox (exchange, routing_key, type, tenant, trace, body)
    select 'va.cmd', 'number.provision', 'number.provision', real_estate_agent_id, $3,
           jsonb_build_object('voice_agent_id', id)
    from made
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'admin', $2, 'request.approve', 'voice_agent_request', request.id, $4 from request, approved
)
select case when status = 'pending' then 'approved' else status end as status,
       real_estate_agent_id as agent_id
from request
