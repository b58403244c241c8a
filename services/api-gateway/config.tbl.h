/* CFG(field, environment variable, type, default (NULL: required), help); see base/env.h. */
#define OPS_PORT_DEFAULT "9080"
#include "voice/tbl/common_config.h"
CFG(port, "PORT", INT, "8080", "port of the API")
CFG(database_url, "DATABASE_URL", SECRET, "postgres://voice@127.0.0.1:55432/voice", "PostgreSQL")
CFG(amqp_url, "AMQP_URL", SECRET, "amqp://guest:guest@127.0.0.1:55672/%2f",
    "RabbitMQ, amqp or amqps")
CFG(amqp_prefix, "AMQP_PREFIX", TEXT, "", "in front of every exchange and queue name")
CFG(api_url, "API_URL", TEXT, "http://127.0.0.1:8080", "the origin that people's browsers use")
CFG(public_url, "PUBLIC_URL", TEXT, "http://127.0.0.1:8081",
    "the origin Twilio calls, as the ingestor has it: for the diagnosis")
CFG(media_url, "MEDIA_URL", TEXT, "",
    "where Twilio reaches ai-pipeline's media socket; pages talk with the assistant at /talk of the same origin; empty: "
    "they cannot")
CFG(link_secret, "LINK_SECRET", SECRET, NULL,
    "signs recording links, cursors and CSRF tokens; 16 bytes or more")
CFG(link_secret_next, "LINK_SECRET_NEXT", SECRET, "", "accepted too while secrets are exchanged")
CFG(rate_per_account, "RATE_PER_ACCOUNT", INT, "1000",
    "requests per second of one account, five times as many at once; 0: no limit")
CFG(rate_per_address, "RATE_PER_ADDRESS", INT, "2000", "the same of one client address")
CFG(trusted_proxies, "TRUSTED_PROXIES", TEXT, "",
    "addresses of the TLS fronts, comma separated: theirs is the word on who the client is")
CFG(dial_countries, "DIAL_COUNTRIES", TEXT, "US,CA", "countries that may be called")
CFG(dial_cps, "DIAL_CPS", TEXT, "1",
    "calls per second of the Twilio account, as the dialer has it: for forecasts")
CFG(lines_total, "LINES_TOTAL", INT, "200", "calls at once, as the dialer has it")
CFG(lines_reserved, "LINES_RESERVED_INBOUND", INT, "20", "of them, for callers only")
CFG(twilio_account, "TWILIO_ACCOUNT_SID", TEXT, NULL,
    "the Twilio account that holds the recordings")
CFG(twilio_token, "TWILIO_AUTH_TOKEN", SECRET, NULL, "its auth token")
CFG(twilio_url, "TWILIO_API_URL", TEXT, "https://api.twilio.com", "origin of Twilio's REST API")
#include "voice/tbl/recording_config.h"
CFG(webhook_private_hosts, "WEBHOOK_PRIVATE_HOSTS", TEXT, "",
    "hosts that webhooks may post to although they are inside, and by plain http; comma separated")
CFG(webhook_retry_s, "WEBHOOK_RETRY_S", INT, "5",
    "seconds before a webhook is posted again; then doubling to 6 hours")
CFG(webhook_tries, "WEBHOOK_TRIES", INT, "15", "failures after which a delivery waits for a replay")
CFG(dashboard_dir, "DASHBOARD_DIR", TEXT, "",
    "folder with the dashboard's files; empty: none is served")
