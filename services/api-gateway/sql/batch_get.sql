-- -> body. $1 agent, $2 batch
with contact as materialized (
    select state, outcome, tries, not_before from batch_contacts where real_estate_agent_id = $1 and batch_id = $2
)
select (batch_json(b) || jsonb_build_object(
    'contacts', (select jsonb_build_object('waiting', count(*) filter (where state = 'waiting'),
                     'calling', count(*) filter (where state = 'calling'),
                     'ended', count(*) filter (where state = 'ended')) from contact),
    'outcomes', coalesce((select jsonb_object_agg(outcome, n)
                          from (select outcome, count(*) as n from contact where state = 'ended' group by outcome) o),
                         '{}'),
    'attempts', (select coalesce(sum(tries), 0) from contact),
    'counts', coalesce((select jsonb_object_agg(status, n)
                        from (select status, count(*) as n from calls c
                              where c.batch_id = $2 and c.real_estate_agent_id = $1 group by status) s), '{}'),
    'next_call_at', (select iso(greatest(min(not_before), b.next_at)) from contact
                     where state = 'waiting' and b.state = 'running')))::text as body
from batches b where real_estate_agent_id = $1 and id = $2
