/*
 * Secrets of outgoing webhooks and signatures with them, as the Standard Webhooks specification has them:
 * "whsec_" and base64 of the key; "v1," and base64 of HMAC-SHA256 over "<id>.<timestamp>.<body>".
 *
 * The key is derived from LINK_SECRET, the webhook's id and its number: the database holds none, a new number
 * makes a new one.
 */
#pragma once
#include "base/arena.h"

const char *webhook_secret(struct arena *a, const char *webhook_id, long long no);
const char *webhook_sign(struct arena *a, const char *webhook_id, long long no, const char *id,
                         long long timestamp, const char *body);
