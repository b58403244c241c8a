-- What time it is here: microseconds since 1970.
select (extract(epoch from clock_timestamp()) * 1e6)::bigint as us
