-- Who replayed or dropped which dead letter.
-- $1 kind of actor, $2 who, $3 action, $4 message id, $5 type, $6 reason, $7 address or null
insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, detail, address)
values ($1, $2, $3, 'message', $4, jsonb_build_object('type', $5::text, 'reason', $6::text), $7)
