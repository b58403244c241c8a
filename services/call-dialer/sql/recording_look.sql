-- A recording that is to be seen to: where it is, and where it would be. No row: nothing is to be done.
-- $1 call
select sid, state = 'deleted' as deleted, at_provider, store_name is not null as stored, tries,
       coalesce(store_name, real_estate_agent_id || '/' || call_id || '.wav') as name
from recordings where call_id = $1 and due_at is not null
