-- It did not work: again after a while, each time longer, at most a day.
-- $1 call
update recordings set tries = tries + 1, due_at = now() + least(interval '5 seconds' * 2 ^ least(tries, 20), interval '1 day'),
    updated_at = now()
where call_id = $1 and due_at is not null
