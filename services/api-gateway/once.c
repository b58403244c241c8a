#include "once.h"
#include "api.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/crypto.h"
#include "sql.h"
#include <stdlib.h>
#include <string.h>

#define KEY_MAX  255
#define REFUSED  "0" /* the status of a key whose request was refused */
#define STORE_MS 2000

static enum err check_key(struct req *r, const char *key)
{
    size_t n = strlen(key);
    bool printable = true;
    for (const char *c = key; *c; c++)
        printable &= *c >= ' ' && *c <= '~';
    if (!n || n > KEY_MAX || !printable)
        return fail(&r->scope, ERR_INVALID, "bad_idempotency_key", "Idempotency-Key",
                    "1 to %d printable ASCII characters", KEY_MAX);
    return OK;
}

static void hash_request(const struct req *r, char out[2 * SHA256_SIZE + 1])
{
    uint8_t digest[SHA256_SIZE];
    char body[2 * SHA256_SIZE + 1];
    sha256(r->body, r->body_n, digest); /* by itself: it may be larger than the arena */
    hex_encode(digest, sizeof digest, body);
    const char *all = arena_printf(r->scope.arena, "%s %s %s", r->method, r->target, body);
    sha256(all, strlen(all), digest);
    hex_encode(digest, sizeof digest, out);
}

static enum err replay(struct req *r, const struct rows *seen)
{
    const char *status = row(seen, 0, "status");
    if (row(seen, 0, "same") && !row_true(seen, 0, "same"))
        return fail(&r->scope, ERR_CONFLICT, "idempotency_key_reused", "Idempotency-Key",
                    "this key belongs to another request");
    if (!status)
        return fail(&r->scope, ERR_CONFLICT, "in_progress", "Idempotency-Key",
                    "the first request with this key has no known outcome yet");
    req_set_header(r, "Idempotent-Replayed", "true");
    return req_reply(r, atoi(status), row(seen, 0, "body"));
}

/* The handler may have used up its time; what it did is stored all the same. */
static void await_store(struct req *r, const char *key, const char *status, const char *body)
{
    uint64_t until = clock_ms() + STORE_MS;
    if (r->scope.deadline < until)
        r->scope.deadline = until;
    enum err e = await_db(&r->scope, &SQL_once_end, NULL, api_who(r)->id, key, status, body);
    if (e)
        log_warn(&r->scope, "once.not_stored", "error", err_name(e));
}

static bool refused(const struct req *r, enum err e)
{
    return err_http(e) < 500 || !strcmp(r->scope.fault.code, "dialing_stopped");
}

enum err await_once(struct req *r, req_handler *handler)
{
    const char *key = req_header(r, "Idempotency-Key");
    if (!key)
        return handler(r);

    struct who *who = r->user;
    struct rows *seen;
    struct kept kept = {0};
    char hash[2 * SHA256_SIZE + 1];
    TRY(check_key(r, key));
    hash_request(r, hash);
    TRY(await_db(&r->scope, &SQL_once_begin, &seen, who->id, key, hash));
    if (!row_true(seen, 0, "fresh"))
        return replay(r, seen);

    who->kept = &kept;
    enum err e = handler(r);
    who->kept = NULL;
    if (e) {
        if (refused(r, e))
            await_store(r, key, REFUSED, NULL);
        return e;
    }
    if (kept.status >= 400)
        await_store(r, key, REFUSED, NULL);
    else
        await_store(r, key, arena_printf(r->scope.arena, "%d", kept.status), kept.body);
    return req_reply(r, kept.status, kept.body);
}
