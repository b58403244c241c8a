/* CFG(field, environment variable, type, default (NULL: required), help); see base/env.h. */
#define OPS_PORT_DEFAULT "9081"
#include "voice/tbl/common_config.h"
CFG(port, "PORT", INT, "8081", "port Twilio's requests arrive at")
CFG(amqp_url, "AMQP_URL", SECRET, "amqp://guest:guest@127.0.0.1:55672/%2f",
    "RabbitMQ, amqp or amqps")
CFG(amqp_prefix, "AMQP_PREFIX", TEXT, "", "in front of every exchange and queue name")
CFG(public_url, "PUBLIC_URL", TEXT, "http://127.0.0.1:8081",
    "origin Twilio calls; signatures are checked against it")
CFG(account_sid, "TWILIO_ACCOUNT_SID", TEXT, NULL, "Twilio account; requests of others are refused")
CFG(auth_token, "TWILIO_AUTH_TOKEN", SECRET, NULL, "signs Twilio's requests")
CFG(auth_token_next, "TWILIO_AUTH_TOKEN_NEXT", SECRET, "", "valid too while tokens are rotated")
CFG(turn_ms, "TURN_MS", INT, "8000",
    "how long a turn's answer may take; then the caller hears that we are at it, and it is asked "
    "for again")
CFG(link_secret, "LINK_SECRET", SECRET, NULL,
    "signs our own links and callback tokens; 16 bytes or more")
CFG(link_secret_next, "LINK_SECRET_NEXT", SECRET, "", "accepted too while secrets are exchanged")
