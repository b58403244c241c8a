/*
 * Passwords: argon2id, t=2, m=19 MiB, p=1, encoded as "$argon2id$v=19$...". Hashing runs on a worker
 * thread, at most four at once (19 MiB each); the fifth waits. Passwords over 1,024 bytes are refused
 * by the caller.
 */
#pragma once
#include <stdbool.h>
#define PASSWORD_HASH_TEXT 128
#define PASSWORD_MIN       10 /* bytes of a new one */
#define PASSWORD_MAX       1024

bool await_password_hash(const char *password, char out[PASSWORD_HASH_TEXT]);
/* hash NULL: does the same work against a dummy, so that an unknown user takes as long as a wrong password. */
bool await_password_verify(const char *password, const char *hash);
