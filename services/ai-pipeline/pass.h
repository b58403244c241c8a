/*
 * What lets a media socket belong to a call: a token of ours in the stream's parameters, good for a minute,
 * for one call and one of its turns, and once.
 *
 *     const char *token = pass_make(arena, &pass);
 *     if (!pass_take(token, &pass)) ... neither ours, nor of this call, nor new ...
 *
 * Once, because the process remembers what it has taken for as long as it is good; and a conversation takes
 * its stream in one process only, the one that gave the token.
 */
#pragma once
#include "base/arena.h"
#include "voice/invitation.h"
#include <stdbool.h>

struct pass {
    const char *sid, *turn; /* none NULL */
};

const char *pass_make(struct arena *a, const struct pass *p);
bool pass_take(const char *token, const struct pass *p);
bool pass_take_invitation(const char *token, struct invitation *out); /* of a page: once, too */
void pass_close(void);
