-- Recordings somebody should have seen to: a try that failed, or a message that was lost.
with due as (
    update recordings set due_at = now() + interval '10 minutes'
    where call_id in (select call_id from recordings where due_at < now()
                      order by due_at limit 100 for update skip locked)
    returning call_id, real_estate_agent_id
)
select recording_see_to(call_id, real_estate_agent_id) from due
