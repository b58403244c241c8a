-- -> body. $1 agent, $2 batch, $3 calls per second of the account, $4 lines there are for calls we place
with contact as materialized (
    select state, outcome, tries, not_before, zones from batch_contacts where real_estate_agent_id = $1 and batch_id = $2
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
    'forecast', case when b.state = 'running' and exists (select from contact where state = 'waiting') then (
        select jsonb_build_object('finish_at', iso(dial_finish(
                   (select jsonb_agg(jsonb_build_object('zones', zones, 'n', n))
                    from (select zones, count(*) as n from contact where state = 'waiting' group by zones) g),
                   each, greatest(now(), b.next_at))),
               'limited_by', case when (select min(not_before) from contact where state = 'waiting') > now() + interval '1 minute'
                   then coalesce((select mode() within group (order by i.reason) from batch_contacts i
                                  where i.batch_id = b.id and i.state = 'waiting'), 'retry_spacing') else by end,
               'calls_per_minute', round((60 / each)::numeric, 2))
        from (select coalesce(avg(duration_seconds) filter (where status = 'completed'), 60) as length
              from (select duration_seconds, status from calls c where c.batch_id = b.id
                    order by created_at desc limit 200) lately) l,
             batch_pace(b.delay_seconds, $3::float8, $4::float8, l.length::float8)) end,
    'next_call_at', (select iso(greatest(min(not_before), b.next_at)) from contact
                     where state = 'waiting' and b.state = 'running')))::text as body
from batches b where real_estate_agent_id = $1 and id = $2
