-- Hours that are free for a viewing where the agent is, none sooner than in an hour: a few of a day, or
-- a few of each day of a span. As the JSON the model reads.
-- $1 tenant, $2 first local day or null, $3 last local day or null; without both, the coming week
with here as (
    select a.id, a.timezone, (now() at time zone a.timezone)::date as today
    from real_estate_agents a where a.id = $1
), span as (
    select h.*, greatest(coalesce($2::date, h.today), h.today) as first,
           coalesce(greatest($3::date, $2::date), $2::date, h.today + 7) as last
    from here h
), hours as (
    select d::date as day, d::date + make_interval(hours => h) as local,
           (d::date + make_interval(hours => h)) at time zone s.timezone as starts_at, s.timezone, s.first = s.last as one
    from span s, generate_series(s.first, least(s.last, s.first + 13), interval '1 day') d, generate_series(9, 17) h
), free as (
    select *, row_number() over (partition by day order by local) as n, count(*) over (partition by day) as of_day
    from hours
    where starts_at > now() + interval '1 hour' and starts_at at time zone timezone = local -- skipped by no clock change
      and viewing_verdict($1, starts_at, null) is null
), few as ( -- of one day six; of each of several the first, and one in the middle
    select local from free where one or n = 1 or n = of_day / 2 + 1 order by local limit 6
)
select json_build_object('slots', coalesce((select json_agg(json_build_object(
           'starts_at', to_char(local, 'YYYY-MM-DD"T"HH24:MI')) order by local) from few), '[]')) as slots
