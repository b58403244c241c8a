-- -> body, the newest first, 500 a page. $1 status or null, $2 agent or null, $3 page
select coalesce(json_agg(item order by id desc), '[]')::text as body
from (select q.id, voice_agent_request_json(q) as item from voice_agent_requests q
      where ($1::text is null or status = $1) and ($2::text is null or real_estate_agent_id = $2)
      order by id desc limit 500 offset ($3::bigint - 1) * 500) page
