-- What may be placed now, committed to being placed: see dial_next(). Without attempt: ask again in wait_us.
-- $1 the attempt whose call.dial has come or null, $2 account, $3 calls per second, $4 lines, $5 of them for
-- callers, $6 countries
select n.attempt, n.fence, n.call_id, n.from_number, n.to_number, n.wait_us, n.at_us,
       v.settings ->> 'voicemail' is distinct from 'off' as detect
from dial_next($1, $2, $3::float8, $4::int, $5::int, $6::text[]) n
left join calls c on c.id = n.call_id
left join voice_agents v on v.id = c.voice_agent_id
