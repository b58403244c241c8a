/* CFG(field, environment variable, type, default (NULL: required), help); see base/env.h. */
CFG(database_url, "DATABASE_URL", SECRET, "postgres://voice@127.0.0.1:55432/voice", "PostgreSQL")
