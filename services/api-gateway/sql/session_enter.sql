-- Become $1 for tenant $2 (null: none), if $3, the sha256 of a token, is a session that is live and theirs; else
-- 28000, and what stands behind this in the same transaction does not run. The conditions are session_touch's.
with live as (
    select s.last_seen_at from sessions s
    left join real_estate_agents a on s.account_kind = 'agent' and a.id = s.account_id and a.deleted_at is null
    left join admins d on s.account_kind = 'admin' and d.id = s.account_id and d.disabled_at is null
    where s.token_hash = $3 and s.expires_at > now() and s.last_seen_at > now() - interval '30 minutes'
        and case $1 when 'va_agent' then a.id = $2 when 'va_admin' then d.id is not null else false end
), seen as (
    update sessions set last_seen_at = now()
    where token_hash = $3 and exists (select from live where last_seen_at < now() - interval '1 minute')
)
select case when exists (select from live) then true else session_refused() end,
       set_config('role', $1, true), set_config('app.tenant', coalesce($2, ''), true)
