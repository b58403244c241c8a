-- Dialing was stopped: single calls that wait are canceled, those on their way or ringing are to be hung up. (A
-- batch is paused by its own rules, and the gate lets nothing pass.) -- $1 'global' or an agent
with waiting as (
    update dial_attempts a set state = 'canceled', reason = 'dialing_stopped', updated_at = now()
    from calls c
    where a.state = 'queued' and $1 in ('global', a.real_estate_agent_id) and c.id = a.call_id and c.batch_id is null
    returning a.call_id
), never as (
    update calls c set status = 'canceled', end_reason = 'dialing_stopped', ended_at = now(), updated_at = now()
    from waiting w where c.id = w.call_id and status_rank(c.status) < 3
)
insert into outbox (exchange, routing_key, type, tenant, call_id, body)
select 'va.cmd', 'call.hangup', 'call.hangup', c.real_estate_agent_id, c.id,
       jsonb_build_object('call_id', c.id, 'reason', 'dialing_stopped')
from live_calls l join calls c on c.id = l.call_id
where l.placed and $1 in ('global', l.real_estate_agent_id) and status_rank(c.status) < 2
