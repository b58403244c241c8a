/*
 * How often somebody may ask: a token bucket per account or address, of this process alone. A full
 * bucket lasts BURST_S seconds' worth of requests.
 *
 *     if (!rate_take("account", who->id, cfg.rate_per_account))
 *         return fail(...ERR_LIMITED...);
 *
 * The table has a fixed size. Whoever was not seen for longest makes room, and comes back with a full
 * bucket; only a crowd can make that happen.
 */
#pragma once
#include <stdbool.h>

bool rate_take(const char *kind, const char *key, int per_second); /* 0: no limit */
