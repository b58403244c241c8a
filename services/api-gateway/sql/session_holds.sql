-- -> a row while this session holds; being asked is no sign of life. $1 sha256 of the token
select from sessions s
where s.token_hash = $1 and s.expires_at > now() and s.last_seen_at > now() - interval '30 minutes'
    and (exists (select from real_estate_agents a
                 where s.account_kind = 'agent' and a.id = s.account_id and a.deleted_at is null)
         or exists (select from admins d
                    where s.account_kind = 'admin' and d.id = s.account_id and d.disabled_at is null))
