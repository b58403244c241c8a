/*
 * What the handlers share: who asks, how a request is read and answered.
 *
 *     enum err calls_transcript(struct req *r)
 *     {
 *         const char *id;
 *         struct rows *call;
 *         TRY(api_id(r, "call_id", &id));
 *         TRY(await_db(&r->scope, &SQL_call_transcript, &call, api_who(r)->id, id, r->client));
 *         if (!call->n)
 *             return api_missing(r, "call");
 *         return api_reply(r, 200, row(call, 0, "body"));
 *     }
 */
#pragma once
#include "io/db.h"
#include "io/httpd.h"

enum role { ROLE_PUBLIC = 1, ROLE_ANYONE /* signed in */, ROLE_AGENT, ROLE_ADMIN };

/* The answer of a handler that runs under an idempotency key, until it has been stored (once.c). */
struct kept {
    int status;
    const char *body;
};

/* Set by the guard (auth.c); the scope's. Of a public route only `kept` means anything. */
struct who {
    enum role role;
    const char *id;
    const char *name, *email;                    /* these of writes and of routes for anyone */
    const char *company_name, *timezone, *phone; /* of agents, else NULL; phone may be NULL, too */
    const char *expires_at;                      /* of the session, RFC 3339 */
    const char *token_hash;
    bool by_cookie;
    struct kept *kept;
};

const struct who *api_who(const struct req *r);
const char *api_role_name(enum role role); /* "agent", "admin" */

/* A {braced} id of the path: what cannot be one of ours is 404, as if it did not exist. */
enum err api_id(struct req *r, const char *name, const char **out) MUST_CHECK;
enum err api_missing(struct req *r, const char *what); /* 404 "no such call" */

/* NULL is no text at all; spaces only are refused, as 422. */
enum err api_not_blank(struct scope *s, const char *field, const char *text) MUST_CHECK;

/* Query parameters: a repeated one is 400. Absent: NULL. words is NULL-terminated. */
enum err api_text(struct req *r, const struct form *q, const char *name,
                  const char **out) MUST_CHECK;
enum err api_word(struct req *r, const struct form *q, const char *name, const char *const *words,
                  const char **out) MUST_CHECK;

struct page {
    const char *number, *size, *offset; /* as statements take them */
};
enum err api_page(struct req *r, const struct form *q, struct page *out) MUST_CHECK;

/* How a handler answers, so that once.c can keep the answer. json: the scope's. */
enum err api_reply(struct req *r, int status, const char *json);
