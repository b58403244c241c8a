-- The caller wants no more calls: binds at once, for this agent. Kept as evidence.
-- $1 tenant, $2 number
with refused as (
    insert into consents (real_estate_agent_id, phone_number, kind, source) values ($1, $2, 'refused', 'call')
)
insert into suppressions (real_estate_agent_id, phone_number, source, reason)
values ($1, $2, 'caller', 'asked for it during a call')
