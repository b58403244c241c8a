-- -> who this session belongs to, no row when it has ended: kind, id, name, email, expires_at; of agents also
-- company_name, timezone, phone.
-- $1 sha256 of the token. Idle for 30 minutes ends it; being seen is written down once a minute.
with live as (
    select s.token_hash, s.last_seen_at, s.account_kind as kind, s.account_id as id, iso(s.expires_at) as expires_at,
           coalesce(a.name, d.name) as name, coalesce(a.email, d.email) as email,
           a.company_name, a.timezone, a.phone
    from sessions s
    left join real_estate_agents a on s.account_kind = 'agent' and a.id = s.account_id and a.deleted_at is null
    left join admins d on s.account_kind = 'admin' and d.id = s.account_id and d.disabled_at is null
    where s.token_hash = $1 and s.expires_at > now() and s.last_seen_at > now() - interval '30 minutes'
        and (a.id is not null or d.id is not null)
), seen as (
    update sessions set last_seen_at = now()
    where token_hash = (select token_hash from live where last_seen_at < now() - interval '1 minute')
)
select kind, id, name, email, expires_at, company_name, timezone, phone from live
