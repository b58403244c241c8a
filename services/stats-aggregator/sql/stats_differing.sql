-- -> what differs (the day, its month), as it is kept and as it is counted; no row: it is right. $1 agent, $2 day
select what, kept::text, counted::text from stats_differing($1, $2::date)
