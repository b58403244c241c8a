-- -> settled (bound, or over: nothing to wait for), body. $1 agent, $2 call
select twilio_call_sid is not null or status_rank(status) = 3 as settled,
       json_build_object('call_id', id, 'call_sid', twilio_call_sid, 'status', status,
                         'reason', end_reason)::text as body
from calls where real_estate_agent_id = $1 and id = $2
