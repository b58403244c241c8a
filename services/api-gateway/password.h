/*
 * Passwords of accounts: which ones are accepted, and whether one is right.
 *
 *     TRY(password_check(&r->scope, "password", in.password));
 *     TRY(await_password_right(r, in.email, in.password, &account, &right));
 */
#pragma once
#include "io/db.h"
#include "io/httpd.h"

/* 10 to 1,024 bytes, no NUL. */
enum err password_check(struct scope *s, const char *field, const char *password) MUST_CHECK;

/*
 * Takes an attempt of the account's and of the client's address: 429 when there is none left. The work is
 * the same whoever it is and whatever is wrong. account: kind, id, password_hash.
 */
enum err await_password_right(struct req *r, const char *email, const char *password,
                              struct rows **account, bool *right) MUST_CHECK;
