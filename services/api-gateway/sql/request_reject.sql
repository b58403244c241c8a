-- -> status of the request afterwards; no row when there is none. A second time changes nothing.
-- $1 request, $2 admin, $3 reason, $4 address
with request as materialized (
    select id, status from voice_agent_requests where id = $1 for update
), rejected as (
    update voice_agent_requests q
    set status = 'rejected', rejection_reason = $3, reviewed_at = now(), reviewed_by = $2, updated_at = now()
    from request where q.id = request.id and request.status = 'pending'
    returning q.id
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'admin', $2, 'request.reject', 'voice_agent_request', id, $4 from rejected
)
select case when status = 'pending' then 'rejected' else status end as status from request
