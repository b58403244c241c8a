#include "base/clock.h"
#include "io/httpc_impl.h"
#include "loop/task.h"
#include <string.h>

#define ANSWER_MAX (1u << 20)
#define WARM_MS    5000

struct asking {
    struct wait wait;
    struct http_stream *x;
    struct scope *scope;
    struct http_answer *answer;
    enum err err;
};

static void copy_answer(struct asking *a)
{
    struct http_stream *x = a->x;
    char *body = arena_try(a->scope->arena, x->pending.n + 1);
    if (!body) {
        a->err = fail(a->scope, ERR_TOO_BIG, NULL, NULL, "%s: answer too big", x->host);
        return;
    }
    memcpy(body, x->pending.p, x->pending.n);
    a->answer->status = x->status;
    a->answer->body = body;
    a->answer->n = x->pending.n;
    a->answer->length = x->length;
    a->answer->retry_after_s = x->retry_after_s;
    a->answer->date_ms = x->date_ms;
    a->answer->type = arena_strdup(a->scope->arena, x->type);
}

static void on_answer(void *arg, enum err e)
{
    struct asking *a = arg;
    a->answer->sent = a->x->sent;
    a->answer->late = a->x->late;
    a->answer->sent_us = a->x->sent_us;
    a->answer->answered_us = a->x->answered_us;
    a->err = e;
    if (e)
        fail(a->scope, e, NULL, NULL, "%s: %s", a->x->host, a->x->why ? a->x->why : err_code(e));
    else
        copy_answer(a);
    a->scope->give_up = NULL;
    wait_settle(&a->wait);
}

/* Nobody wants the answer any more. */
static void give_up(void *arg)
{
    struct asking *a = arg;
    a->answer->sent = true; /* for all we know */
    http_cancel(a->x);
    a->scope->give_up = NULL;
    a->err = fail(a->scope, ERR_CLOSING, NULL, NULL, "called off");
    wait_settle(&a->wait);
}

enum err await_http(struct scope *s, const struct http_ask *ask, struct http_answer *ans)
{
    static const struct http_stream_h whole = {.on_end = on_answer};
    uint64_t left = clock_left(s->deadline);
    *ans = (struct http_answer){.body = "", .type = "", .length = -1};
    if (!left)
        return fail(s, ERR_TIMEOUT, NULL, NULL, "no time left for the request");
    if (ask->total_ms && ask->total_ms < left)
        left = ask->total_ms;
    size_t max = ask->max_answer ? ask->max_answer : ANSWER_MAX;
    struct asking a = {.wait = WAIT_HERE, .scope = s, .answer = ans};
    a.x = stream_start(ask, left, max, max, &whole, &a);
    s->give_up = give_up;
    s->give_up_arg = &a;
    await_wait(&a.wait);
    return a.err;
}

/* ---- warm connections ---- */

static bool ignore_piece(void *arg, const char *p, size_t n)
{
    (void)arg, (void)p, (void)n;
    return true;
}

static void ignore_end(void *arg, enum err e)
{
    (void)arg, (void)e;
}

/* A real request: connections made with CONNECT_ONLY are never reused by others. */
void http_warm(const char *url)
{
    static const struct http_stream_h ignore = {.on_piece = ignore_piece, .on_end = ignore_end};
    struct http_ask ask = {.method = "HEAD", .url = url, .total_ms = WARM_MS};
    http_stream(&ask, &ignore, NULL);
}
