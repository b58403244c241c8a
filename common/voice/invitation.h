/*
 * What lets a page talk with an agent's assistant: a token that says whose it is and how it talks, made by the
 * gateway and read by ai-pipeline. It says when it ends; that it counts once is its reader's business.
 *
 *     const char *token = invitation_make(arena, secret, tenant, "voice", expires_s);
 *     struct invitation in;
 *     if (!invitation_read(secret, token, &in)) ... not ours, or too old ...
 */
#pragma once
#include "base/arena.h"
#include "base/uuid7.h"
#include <stdbool.h>
#include <stdint.h>

#define INVITATION_TEXT 160 /* longest token with its NUL */

struct invitation {
    char tenant[UUID_TEXT];
    char mode[8];
};

const char *invitation_make(struct arena *a, const char *secret, const char *tenant,
                            const char *mode, uint64_t expires_s);
bool invitation_read(const char *secret, const char *token, struct invitation *out);
