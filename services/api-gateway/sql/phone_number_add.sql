-- -> body, no row when the pool has it already. $1 number, $2 country, $3 admin, $4 address
with added as (
    insert into phone_numbers (phone_number, country) values ($1, $2)
    on conflict (phone_number) do nothing
    returning *
), noted as (
    insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address)
    select 'admin', $3, 'phone_number.add', 'phone_number', id, $4 from added
)
select json_build_object('id', id, 'phone_number', phone_number, 'country', country, 'status', status)::text as body
from added
