/* CFG(field, environment variable, type, default (NULL: required), help); see base/env.h. */
#define OPS_PORT_DEFAULT "9082"
#include "voice/tbl/common_config.h"
CFG(database_url, "DATABASE_URL", SECRET, "postgres://voice@127.0.0.1:55432/voice", "PostgreSQL")
CFG(amqp_url, "AMQP_URL", SECRET, "amqp://guest:guest@127.0.0.1:55672/%2f", "RabbitMQ, amqp or amqps")
CFG(amqp_prefix, "AMQP_PREFIX", TEXT, "", "in front of every exchange and queue name")
CFG(public_url, "PUBLIC_URL", TEXT, "http://127.0.0.1:8081", "origin Twilio calls")
CFG(twilio_api_url, "TWILIO_API_URL", TEXT, "https://api.twilio.com", "Twilio's REST API")
CFG(account_sid, "TWILIO_ACCOUNT_SID", TEXT, NULL, "Twilio account")
CFG(auth_token, "TWILIO_AUTH_TOKEN", SECRET, NULL, "Twilio auth token")
CFG(link_secret, "LINK_SECRET", SECRET, NULL, "signs callback tokens; 16 bytes or more")
CFG(dial_cps, "DIAL_CPS", INT, "1", "calls per second of the Twilio account")
CFG(dial_countries, "DIAL_COUNTRIES", TEXT, "US,CA", "countries that may be called")
CFG(ring_seconds, "DIAL_RING_SECONDS", INT, "40", "how long a call we place may ring")
CFG(call_minutes, "CALL_MINUTES_MAX", INT, "15", "longest call we place")
CFG(reconcile_ms, "RECONCILE_MS", INT, "30000", "how often the reconciler looks")
CFG(reconcile_after_s, "RECONCILE_AFTER_S", INT, "120", "silence after which Twilio is asked about a call")
CFG(absent_after_s, "ABSENT_AFTER_S", INT, "600", "age at which an unknown attempt that Twilio does not list is absent")
