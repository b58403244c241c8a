#include "password.h"
#include "api.h"
#include "io/password.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"
#include <string.h>

#define RETRY_S "180" /* one token of the account's bucket */

enum err password_check(struct scope *s, const char *field, const char *password)
{
    size_t n = strlen(password);
    if (n < PASSWORD_MIN || n > PASSWORD_MAX)
        return fail(s, ERR_UNPROCESSABLE, "bad_password", field, "must have %d to %d bytes",
                    PASSWORD_MIN, PASSWORD_MAX);
    return OK;
}

enum err await_password_right(struct req *r, const char *email, const char *password,
                              struct rows **account, bool *right)
{
    TRY(await_db(&r->scope, &SQL_login_account, account, email, r->client));
    if (!row_true(*account, 0, "allowed")) {
        req_set_header(r, "Retry-After", RETRY_S);
        return fail(&r->scope, ERR_LIMITED, NULL, NULL,
                    "too many attempts; try again in a few minutes");
    }
    return await_password_verify(&r->scope, password, row(*account, 0, "password_hash"), right);
}

/* PATCH /auth/me: one's own password. All other sessions end. */
enum err password_change(struct req *r)
{
    struct password_change in;
    const struct who *who = api_who(r);
    char hash[PASSWORD_HASH_TEXT];
    struct rows *account, *changed;
    bool right;
    TRY(password_change_decode(&r->scope, r->body, r->body_n, &in));
    TRY(password_check(&r->scope, "new_password", in.new_password));
    TRY(await_password_right(r, who->email, in.current_password, &account, &right));
    if (!right)
        return fail(&r->scope, ERR_FORBIDDEN, "wrong_password", "current_password",
                    "is not your password");
    TRY(await_password_hash(&r->scope, in.new_password, hash));
    TRY(await_db(&r->scope, &SQL_password_change, &changed, api_role_name(who->role), who->id,
                 row(account, 0, "password_hash"), hash, who->token_hash, r->client));
    if (!changed->n)
        return fail(&r->scope, ERR_CONFLICT, NULL, NULL, "the password was changed meanwhile");
    return api_reply(r, 200, "{\"status\":\"password_changed\"}");
}
