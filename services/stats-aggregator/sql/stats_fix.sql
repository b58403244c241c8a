-- Recount a day of an agent with all that lies in it. $1 agent, $2 day
select stats_refresh(a.id, array(
    select g from generate_series(stats_day_begins($2::date, a.timezone),
                                  stats_day_begins($2::date + 1, a.timezone) - interval '1 second',
                                  interval '15 minutes') g)) as days
from real_estate_agents a where a.id = $1
