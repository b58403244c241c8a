-- -> version of the newest migration, the database's clock in milliseconds since 1970
select max(version) as version, floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
from schema_migrations
