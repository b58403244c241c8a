-- -> body; no row when there is no such message. $1 agent, $2 message, $3 'open' or 'done', $4 address
with done as (
    update messages m set done_at = case when $3 = 'done' then coalesce(m.done_at, now()) end
    where m.real_estate_agent_id = $1 and m.id = $2
    returning m as message, m.id
), audited as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'message.update', 'message', id, $4 from done
)
select message_json(message)::text as body from done
