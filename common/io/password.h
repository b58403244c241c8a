/*
 * Passwords: argon2id, t=2, m=19 MiB, p=1, encoded as "$argon2id$v=19$...". Hashing runs on a worker
 * thread, at most four at once (19 MiB each); a hundred more wait their turn, the next is ERR_BUSY.
 * Passwords over 1,024 bytes are refused by the caller.
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>
#define PASSWORD_HASH_TEXT 128
#define PASSWORD_MIN       10 /* bytes of a new one */
#define PASSWORD_MAX       1024

enum err await_password_hash(struct scope *s, const char *password,
                             char out[PASSWORD_HASH_TEXT]) MUST_CHECK;
/* hash NULL: the same work for nothing, so that an unknown user takes as long as a wrong password. */
enum err await_password_verify(struct scope *s, const char *password, const char *hash,
                               bool *right) MUST_CHECK;
