-- Who replayed or dropped which dead letter.
-- $1 who, $2 action, $3 message id, $4 type, $5 reason
insert into audit_log (actor_kind, actor_id, action, object_kind, object_id, detail)
values ('operator', $1, $2, 'message', $3, jsonb_build_object('type', $4::text, 'reason', $5::text))
