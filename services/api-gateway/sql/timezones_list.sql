-- -> name of every time zone there is, in the order of strcmp
select name from pg_timezone_names order by name collate "C"
