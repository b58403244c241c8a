-- -> everybody (is stopped), agents (how many have a stop of their own)
select count(*) filter (where who = 'global') > 0 as everybody, count(*) filter (where who <> 'global') as agents
from dial_stops
