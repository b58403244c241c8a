-- The point of no return: the gate is asked once more, and `posting` is committed before the request
-- leaves. No row: the fence has moved on. A reason: denied now, and the call is closed with it.
-- $1 attempt, $2 fence, $3 countries
with mine as materialized (
    select id, call_id, real_estate_agent_id, from_number, to_number,
           dial_gate(real_estate_agent_id, to_number, call_id, $3::text[]) as reason
    from dial_attempts where id = $1 and fence = $2::bigint and state = 'claimed' for update
), attempt as (
    update dial_attempts a
    set state = case when m.reason is null then 'posting' else 'canceled' end,
        posted_at = case when m.reason is null then now() end, reason = m.reason, updated_at = now()
    from mine m where a.id = m.id
), denied as (
    update calls c set status = 'canceled', end_reason = m.reason, ended_at = now(), updated_at = now()
    from mine m where c.id = m.call_id and m.reason is not null and status_rank(c.status) < 3
    returning c.id, c.real_estate_agent_id, c.status
), gone as (
    delete from live_calls l using denied d where l.call_id = d.id
), told as (
    insert into outbox (exchange, routing_key, type, tenant, call_id, body)
    select 'va.evt', 'call.changed', 'call.changed', real_estate_agent_id, id,
           jsonb_build_object('call_id', id, 'status', status) from denied
)
select from_number, to_number, reason from mine
