-- -> recording_sid, null when there is no recording. $1 agent, $2 call
select case when recording_url is not null then recording_sid end as recording_sid
from calls where real_estate_agent_id = $1 and id = $2
