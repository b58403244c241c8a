-- Opens one outbound call. -> refusal (a word, null when it was opened; a decision of the gate is kept), call_id.
-- $1 agent, $2 contact or null, $3 number or null (one of the two is given), $4 countries, $5 trace
with contact as materialized (
    select id, phone_number from contacts
    where real_estate_agent_id = $1
        and case when $2::text is not null then id = $2 else phone_number = $3 end
), target as materialized (
    select jsonb_build_array(jsonb_build_object('contact_id', c.id, 'to', coalesce($3, c.phone_number))) as list
    from (select 1) one left join contact c on true
    where $2::text is null or c.phone_number = coalesce($3, c.phone_number)
), opened as materialized (
    select o.call_id, o.reason
    from target cross join lateral calls_open($1, target.list, null, now(), $4::text[], $5) o
), refused as (
    insert into dial_decisions (real_estate_agent_id, number_hash, asked, verdict)
    select $1, number_hash($1, target.list -> 0 ->> 'to'), 'opening', opened.reason
    from opened, target where opened.reason is not null
)
select case when $2::text is not null and not exists (select from contact) then 'contact_missing'
            when not exists (select from target) then 'contact_disagrees'
            when not exists (select from opened) then 'agent_inactive'
            else (select reason from opened) end as refusal,
       (select call_id from opened) as call_id
