-- The provider does not know the call any more: close it, with the reason.
-- $1 call, $2 reason
with gone as (
    delete from live_calls where call_id = $1
)
update calls set status = 'failed', end_reason = $2, ended_at = coalesce(ended_at, now()), updated_at = now()
where id = $1 and status_rank(status) < 3
