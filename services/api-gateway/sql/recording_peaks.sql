-- -> peaks, null when nobody has made them yet; and where the recording lies. No row: there is none.
-- $1 agent, $2 call
select case when coalesce(r.at_provider, true) then c.recording_sid end as recording_sid, r.store_name, r.peaks::text
from calls c left join recordings r on r.call_id = c.id
where c.real_estate_agent_id = $1 and c.id = $2 and c.recording_url is not null and c.recording_sid is not null
