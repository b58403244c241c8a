/*
 * Whose a session was when it was last looked up. A guess that saves a round trip, nothing more: whoever
 * goes by it sets scope->unproven, so that the request's first statement proves the session in its own
 * transaction. So a session that has ended, wherever it was ended, ends here at once.
 *
 *     if (seen_recall(r->scope.arena, hash, who)) r->scope.unproven = hash;
 */
#pragma once
#include "api.h"

void seen_note(const struct who *who);
/* Role and id only; false: not seen lately. */
bool seen_recall(struct arena *a, const char *token_hash, struct who *who);
