-- -> body. $1 agent, $2 contact
select contact_json(c, consent_of($1, c.phone_number))::text as body
from contacts c where real_estate_agent_id = $1 and id = $2
