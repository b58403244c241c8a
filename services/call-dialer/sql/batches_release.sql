-- Opens the calls of batches whose time has come. -> wait_ms until the next look; null: no batch runs.
-- $1 how many calls of a batch may wait to be posted, $2 countries
select case when exists (select from batches where state = 'running')
            then batches_release($1::int, $2::text[]) end as wait_ms
