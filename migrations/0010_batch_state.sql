-- migrate:up

-- A batch is done when none of its calls is still to come or under way; nobody has to notice and write
-- that down, so it cannot be forgotten.
create function batch_state(b batches) returns text language sql stable as $$
    select case when b.state = 'running' and not exists (
        select from live_calls l join calls c on c.id = l.call_id where c.batch_id = b.id)
        then 'done' else b.state end
$$;

-- migrate:down

drop function batch_state;
