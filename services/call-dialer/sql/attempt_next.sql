-- What may be placed now, committed to being placed: see dial_next(). Without attempt: ask again in wait_us.
-- $1 the attempt whose call.dial has come or null, $2 account, $3 calls per second, $4 lines, $5 of them for
-- callers, $6 countries
select attempt, fence, call_id, from_number, to_number, wait_us
from dial_next($1, $2, $3::float8, $4::int, $5::int, $6::text[])
