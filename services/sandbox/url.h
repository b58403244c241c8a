/* URLs as Twilio treats them. Results are the arena's. */
#pragma once
#include "base/arena.h"
#include <stdbool.h>

/* http or https, with a host that Twilio would call (no underscore, not empty). */
bool url_callable(const char *url);
/* ref as seen from the document `base` (NULL: only absolute ones). NULL when it cannot be resolved. */
const char *url_resolve(struct arena *a, const char *base, const char *ref);
/* Without its #fragment, and with ?query or &query appended when query is not "". */
const char *url_with_query(struct arena *a, const char *url, const char *query);
/* The number of a connection override "#rc=2&rt=300", or otherwise. */
long url_override(const char *url, const char *key, long otherwise);
