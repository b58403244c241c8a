-- -> status of the request, agent_id; no row when there is none. A setup that is not finished begins anew,
-- with all its tries; a finished one stays as it is.
-- $1 request, $2 admin, $3 trace, $4 address
with request as materialized (
    select id, real_estate_agent_id, status from voice_agent_requests where id = $1
), again as (
    update voice_agents v set setup_tries = 0, setup_next_at = null, setup_failed_at = null
    from request q
    where q.status = 'approved' and v.real_estate_agent_id = q.real_estate_agent_id and v.status = 'pending_setup'
    returning v.id, v.real_estate_agent_id
), asked as (
    insert into outbox (exchange, routing_key, type, tenant, trace, body)
    select 'va.cmd', 'number.provision', 'number.provision', real_estate_agent_id, $3,
           jsonb_build_object('voice_agent_id', id) from again
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'admin', $2, 'request.retry', 'voice_agent_request', request.id, $4 from request, again
)
select status, real_estate_agent_id as agent_id from request
