-- Who takes his list away, and by which filters. $1 agent, $2 address, $3 names of the filters, as an array
insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, address, detail)
values ('agent', $1, 'calls.export', 'account', $1, $2, jsonb_build_object('filters', $3::text[]))
