-- All is done, unless it was deleted meanwhile: that is another job.
-- $1 call, $2 whether it was deleted when the work began
update recordings set due_at = null, tries = 0, store_name = case when state = 'deleted' then null else store_name end,
    updated_at = now()
where call_id = $1 and (state = 'deleted') = $2::boolean
