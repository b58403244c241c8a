-- Pauses, resumes or cancels a batch. -> state (the one it had; null when there is no such batch).
-- $1 agent, $2 batch, $3 wanted state, $4 address
with was as materialized (
    select batch_turn($1, $2, $3) as state
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'agent', $1, 'batch.' || $3, 'batch', $2, $4 from was where state in ('running', 'paused') and state <> $3
)
select state from was
