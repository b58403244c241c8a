/*
 * Our own signed links and callback tokens (LINK_SECRET).
 *
 *     const char *t = link_sign(a, secret, "recording", clock_wall_ms() / 1000 + 300, tenant, call_id);
 *     ... "%s/recordings/%s?t=%s" ...
 *     if (!link_check(secret, "recording", token, tenant, call_id)) return fail(... ERR_FORBIDDEN ...);
 *
 * A token is "<expiry in hex seconds>.<43 characters base64url>", safe in a path or a query as it is;
 * expiry 0 never ends. HMAC-SHA256 over purpose, expiry and fields, each with its length in front, so
 * neither purposes nor neighbouring fields can be confused. Fields must not be NULL.
 */
#pragma once
#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

#define LINK_TOKEN_MAX 64 /* longest token with its NUL */

const char *link_sign_fields(struct arena *a, const char *secret, const char *purpose,
                             uint64_t expires_s, const char *const *fields, size_t n);
bool link_check_fields(const char *secret, const char *purpose, const char *token,
                       const char *const *fields, size_t n); /* token may be NULL: false */

/*
 * LINK_SECRET, and LINK_SECRET_NEXT ("" is none): while secrets are exchanged, what that one has signed holds too. Both
 * stay the caller's. How many of them are too short: stderr says which.
 */
int link_configure(const char *secret, const char *next);

#define LINK_FIELDS(...)                                                                           \
    (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)
#define link_sign(a, secret, purpose, expires_s, ...)                                              \
    link_sign_fields(a, secret, purpose, expires_s, LINK_FIELDS(__VA_ARGS__))
#define link_check(secret, purpose, token, ...)                                                    \
    link_check_fields(secret, purpose, token, LINK_FIELDS(__VA_ARGS__))
