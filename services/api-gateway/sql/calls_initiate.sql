-- Opens one outbound call. -> refusal (a word, null when it was opened), call_id.
-- $1 agent, $2 contact or null, $3 number or null (one of the two is given), $4 countries, $5 trace,
-- $6 idempotency key or null, $7 when its request began
with mine as materialized ( -- the key is still this request's
    select from (select 1) one where $6::text is null
        or exists (select from idempotency_keys where account_id = $1 and key = $6 and created_at = $7::timestamptz
                   for update)
), contact as materialized (
    select id, phone_number from contacts
    where real_estate_agent_id = $1
        and case when $2::text is not null then id = $2 else phone_number = $3 end
), target as materialized (
    select jsonb_build_array(jsonb_build_object('contact_id', c.id, 'to', coalesce($3, c.phone_number))) as list
    from mine left join contact c on true
    where $2::text is null or c.phone_number = coalesce($3, c.phone_number)
), opened as materialized (
    select o.call_id, o.reason
    from target cross join lateral calls_open($1, target.list, null, now(), $4::text[], $5) o
), noted as ( -- should the gateway die now, this was its answer
    update idempotency_keys set status = 202, body = json_build_object('call_id', o.call_id, 'call_sid', null,
        'status', 'initiated', 'reason', null)::text
    from opened o where account_id = $1 and key = $6 and o.reason is null
)
select case when not exists (select from mine) then 'superseded'
            when $2::text is not null and not exists (select from contact) then 'contact_missing'
            when not exists (select from target) then 'contact_disagrees'
            when not exists (select from opened) then 'agent_inactive'
            else (select reason from opened) end as refusal,
       (select call_id from opened) as call_id
