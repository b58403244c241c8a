#include "auth.h"
#include "api.h"
#include "gateway.h"
#include "io/crypto.h"
#include "io/js.h"
#include "messages.h"
#include "password.h"
#include "rate.h"
#include "routes.h"
#include "seen.h"
#include "sql.h"
#include "voice/link.h"
#include <string.h>
#include <strings.h>

#define COOKIE         "va_session"
#define COOKIE_SECONDS (12 * 3600)
#define TOKEN_BYTES    32
#define PROVE_MS       5000
#define TOKEN_TEXT     44 /* as base64url, with its NUL */

static const char *hash_token(struct scope *s, const char *token)
{
    uint8_t digest[SHA256_SIZE];
    char *hex = arena_alloc(s->arena, 2 * SHA256_SIZE + 1);
    sha256(token, strlen(token), digest);
    hex_encode(digest, sizeof digest, hex);
    return hex;
}

/* ---- the guard ---- */

static bool is_write(const struct req *r)
{
    return strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0;
}

static bool own_origin(const struct req *r)
{
    const char *origin = req_header(r, "Origin");
    return origin && !strcasecmp(origin, cfg.api_url);
}

static const char *bearer_token(const struct req *r)
{
    const char *value = req_header(r, "Authorization");
    return value && !strncasecmp(value, "Bearer ", 7) ? value + 7 : NULL;
}

static enum err unauthenticated(struct req *r)
{
    return fail(&r->scope, ERR_UNAUTHENTICATED, NULL, NULL, "sign in first");
}

/* A read asks the database for something anyway: that statement proves the session, too. */
static bool proven_later(struct req *r, struct who *who)
{
    if (is_write(r) || r->route->role == ROLE_ANYONE ||
        !seen_recall(r->scope.arena, who->token_hash, who) || r->route->role != (int)who->role)
        return false;
    r->scope.unproven = who->token_hash;
    return true;
}

static void read_account(const struct rows *session, struct who *out)
{
    out->role = !strcmp(row(session, 0, "kind"), "admin") ? ROLE_ADMIN : ROLE_AGENT;
    out->id = row(session, 0, "id");
    out->name = row(session, 0, "name");
    out->email = row(session, 0, "email");
    out->expires_at = row(session, 0, "expires_at");
    out->company_name = row(session, 0, "company_name");
    out->timezone = row(session, 0, "timezone");
    out->phone = row(session, 0, "phone");
}

static enum err await_looked_up(struct req *r, struct who *who)
{
    struct rows *session;
    TRY(await_db(&r->scope, &SQL_session_touch, &session, who->token_hash));
    if (!session->n)
        return unauthenticated(r);
    read_account(session, who);
    seen_note(who);
    return OK;
}

static enum err await_session(struct req *r, struct who *who)
{
    const char *token = bearer_token(r);
    who->by_cookie = !token;
    if (!token)
        token = req_cookie(r, COOKIE);
    if (!token || strlen(token) != TOKEN_TEXT - 1)
        return unauthenticated(r);
    who->token_hash = hash_token(&r->scope, token);
    return proven_later(r, who) ? OK : await_looked_up(r, who);
}

/* A browser names the page that sends a write: it must be ours. */
static enum err check_origin(struct req *r)
{
    if (is_write(r) && req_header(r, "Origin") && !own_origin(r))
        return fail(&r->scope, ERR_FORBIDDEN, "foreign_origin", NULL,
                    "writes are accepted from %s only", cfg.api_url);
    return OK;
}

/* A cookie is sent by the browser on its own, so a write needs more than that. */
static enum err check_proof(struct req *r, const struct who *who)
{
    if (!who->by_cookie || !is_write(r) || own_origin(r) ||
        link_check(cfg.link_secret, "csrf", req_header(r, "X-CSRF-Token"), who->token_hash))
        return OK;
    return fail(&r->scope, ERR_FORBIDDEN, "csrf", NULL, "X-CSRF-Token is missing or wrong");
}

static enum err check_role(struct req *r, const struct who *who)
{
    if (r->route->role == ROLE_ANYONE)
        return OK;
    if (r->route->role != (int)who->role)
        return fail(&r->scope, ERR_FORBIDDEN, NULL, NULL, "not for this kind of account");
    r->scope.db_role = who->role == ROLE_ADMIN ? "va_admin" : "va_agent";
    r->scope.tenant = who->role == ROLE_AGENT ? who->id : NULL;
    return OK;
}

static enum err check_type(struct req *r)
{
    const char *type = req_header(r, "Content-Type");
    const char *wanted = r->route->body_type ? r->route->body_type : "application/json";
    size_t n = strlen(wanted);
    if (!r->body_n || (type && !strncasecmp(type, wanted, n) && strchr("; \t", type[n])))
        return OK;
    return fail(&r->scope, ERR_MEDIA_TYPE, NULL, NULL, "the body must be %s", wanted);
}

static enum err check_rate(struct req *r, const char *kind, const char *key, int per_second)
{
    if (rate_take(kind, key, per_second))
        return OK;
    req_set_header(r, "Retry-After", "1");
    return fail(&r->scope, ERR_LIMITED, NULL, NULL, "too many requests of this %s", kind);
}

enum err auth_guard(struct req *r)
{
    struct who *who = arena_alloc(r->scope.arena, sizeof *who);
    r->user = who;
    TRY(check_rate(r, "address", r->client, cfg.rate_per_address));
    TRY(check_origin(r));
    if (r->route->role != ROLE_PUBLIC) {
        req_set_header(r, "Cache-Control", "no-store");
        TRY(await_session(r, who));
        TRY(check_rate(r, "account", who->id, cfg.rate_per_account));
        TRY(check_proof(r, who));
        TRY(check_role(r, who));
    }
    return check_type(r);
}

/* Whoever has signed out is told that, and not what was wrong with the request. */
enum err await_auth_prove(struct req *r)
{
    if (!r->scope.unproven)
        return OK;
    struct scope own;
    struct rows *session;
    enum err e;
    scope_init(&own, PROVE_MS);
    e = await_db(&own, &SQL_session_touch, &session, r->scope.unproven);
    if (!e && !session->n) {
        r->scope.fault = (struct fault){0};
        e = unauthenticated(r);
    }
    if (!e)
        r->scope.unproven = NULL;
    scope_fini(&own);
    return e;
}

/* ---- sessions ---- */

static void set_cookie(struct req *r, const char *token, int seconds)
{
    bool https = !strncmp(cfg.api_url, "https:", 6);
    req_set_header(r, "Set-Cookie",
                   arena_printf(r->scope.arena,
                                COOKIE "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", token,
                                seconds, https ? "; Secure" : ""));
}

static struct js *describe(struct req *r, const struct who *who)
{
    struct js *j = js_object(&r->scope);
    js_set_text(j, "role", api_role_name(who->role));
    js_set_text(j, "expires_at", who->expires_at);
    js_set_text(j, "csrf_token",
                link_sign(r->scope.arena, cfg.link_secret, "csrf", 0, who->token_hash));
    js_set_text(j, "id", who->id);
    js_set_text(j, "name", who->name);
    js_set_text(j, "email", who->email);
    js_set_text(j, "company_name", who->company_name);
    js_set_text(j, "timezone", who->timezone);
    js_set_text(j, "phone_number", who->phone);
    return j;
}

static enum err await_open_session(struct req *r, const struct rows *account)
{
    uint8_t secret[TOKEN_BYTES];
    char token[TOKEN_TEXT];
    struct rows *session;
    struct who who = {0};
    random_bytes(secret, sizeof secret);
    base64url_encode(secret, sizeof secret, token);
    who.token_hash = hash_token(&r->scope, token);
    TRY(await_db(&r->scope, &SQL_session_create, &session, who.token_hash, row(account, 0, "kind"),
                 row(account, 0, "id"), r->client));
    if (!session->n)
        return fail(&r->scope, ERR_UNAUTHENTICATED, "bad_credentials", NULL,
                    "wrong e-mail or password");
    read_account(session, &who);
    struct js *j = describe(r, &who);
    js_set_text(j, "token", token);
    set_cookie(r, token, COOKIE_SECONDS);
    req_set_header(r, "Cache-Control", "no-store");
    return api_reply(r, 200, js_dump(&r->scope, j));
}

/* Whoever it was and whatever was wrong: the same answer after the same work. */
enum err auth_login(struct req *r)
{
    struct auth_login in;
    struct rows *account;
    bool right;
    enum err e = auth_login_decode(&r->scope, r->body, r->body_n, &in);
    TRY(e == ERR_UNPROCESSABLE ? ERR_INVALID
                               : e); /* nothing is said about what would be possible */
    TRY(await_password_right(r, in.email, in.password, &account, &right));
    if (!right)
        return fail(&r->scope, ERR_UNAUTHENTICATED, "bad_credentials", NULL,
                    "wrong e-mail or password");
    return await_open_session(r, account);
}

enum err auth_logout(struct req *r)
{
    TRY(await_db(&r->scope, &SQL_session_end, NULL, api_who(r)->token_hash));
    set_cookie(r, "", 0);
    return api_reply(r, 200, "{\"status\":\"logged_out\"}");
}

enum err auth_me(struct req *r)
{
    return api_reply(r, 200, js_dump(&r->scope, describe(r, api_who(r))));
}
