-- Opens the calls of batches whose time has come. -> wait_ms until the next look, or null.
-- $1 how many calls of a batch may wait to be posted, $2 countries
select batches_release($1::int, $2::text[]) as wait_ms
