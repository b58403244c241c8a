-- A call that is still to be summarised: what was said, and what happened. The outcome that what happened tells
-- for sure is kept at once. No row: nothing to do.
-- $1 call
with facts as (
    select c.id, call_fact(c) as fact from calls c where c.id = $1
), noted as (
    update call_results r set outcome = coalesce(f.fact, r.outcome), updated_at = now()
    from facts f where r.call_id = f.id and r.summarized = 'pending'
    returning r.call_id, f.fact
)
select n.fact, c.real_estate_agent_id,
       coalesce(v.settings ->> 'language', 'en-US') as language,
       to_char(c.answered_at at time zone a.timezone, 'FMDay YYYY-MM-DD HH24:MI') as local_time,
       coalesce((select jsonb_agg(jsonb_build_object('role', x.role, 'text', x.text) order by x.at, x.seq)
                 from (select t.role, coalesce(t.heard, t.text) as text, 0 as at, t.seq from call_turns t
                       where t.call_id = c.id and t.role in ('caller', 'agent') and not w.better
                       union all
                       select g.role, g.text, g.start_ms, g.seq from call_segments g
                       where g.call_id = c.id and w.better) x), '[]') as lines,
       coalesce((select jsonb_agg(jsonb_build_object('address', p.address, 'local_start',
                            to_char(b.starts_at at time zone a.timezone, 'FMDay YYYY-MM-DD HH24:MI')))
                 from viewings b join properties p on p.id = b.property_id
                 where b.call_id = c.id and b.status = 'booked'), '[]') as viewings
from noted n join calls c on c.id = n.call_id join voice_agents v on v.id = c.voice_agent_id
join real_estate_agents a on a.id = c.real_estate_agent_id
cross join lateral ( -- the recording's words, where the live ones are doubtful or none
    select exists (select from call_segments g where g.call_id = c.id and g.role = 'caller')
           and coalesce((select min(t.confidence) < 0.6 or count(*) = 0 from call_turns t
                         where t.call_id = c.id and t.role = 'caller'), true) as better) w
