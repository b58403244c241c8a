/* CFG(field, environment variable, type, default (NULL: required), help); see base/env.h. */
CFG(amqp_url, "AMQP_URL", SECRET, "amqp://guest:guest@127.0.0.1:55672/%2f",
    "RabbitMQ, amqp or amqps")
CFG(amqp_prefix, "AMQP_PREFIX", TEXT, "", "in front of every exchange and queue name")
CFG(database_url, "DATABASE_URL", SECRET, "",
    "PostgreSQL, for the audit of replay and drop; empty: nothing is audited")
