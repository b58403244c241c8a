/* CFG(field, environment variable, type, default (NULL: required), help); see base/env.h. */
#define OPS_PORT_DEFAULT "9084"
#include "voice/tbl/common_config.h"
CFG(database_url, "DATABASE_URL", SECRET, "postgres://voice@127.0.0.1:55432/voice", "PostgreSQL")
CFG(amqp_url, "AMQP_URL", SECRET, "amqp://guest:guest@127.0.0.1:55672/%2f", "RabbitMQ, amqp or amqps")
CFG(amqp_prefix, "AMQP_PREFIX", TEXT, "", "in front of every exchange and queue name")
