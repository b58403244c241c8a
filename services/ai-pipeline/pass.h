/*
 * What lets a media socket belong to a call: a token of ours in the stream's parameters, good for a minute,
 * for one call and one of its turns, in any of our processes.
 *
 *     const char *token = pass_make(arena, &pass);
 *     if (!pass_good(token, &pass)) ... not ours, or of another call, or too old ...
 *
 * And once: a conversation is in one process only, and expects one socket for that turn. Of an invitation, which
 * begins something new, the process remembers for as long as it is good that it was taken.
 */
#pragma once
#include "base/arena.h"
#include "voice/invitation.h"
#include <stdbool.h>

struct pass {
    const char *sid;
    long long turn; /* that is answered when the socket ends */
};

const char *pass_make(struct arena *a, const struct pass *p);
bool pass_good(const char *token, const struct pass *p);
bool pass_take_invitation(const char *token, struct invitation *out); /* of a page: once, too */
void pass_close(void);
