#include "io/httpd_impl.h"
#include "base/clock.h"
#include "base/log.h"
#include "loop/loop.h"
#include <stdlib.h>
#include <string.h>

#define ERROR_TEXT_MAX 2048

void req_set_header(struct req *r, const char *name, const char *value)
{
    struct exchange *x = EXCHANGE(r);
    struct header *h = arena_alloc(r->scope.arena, sizeof *h);
    *h = (struct header){.name = arena_strdup(r->scope.arena, name),
                         .value = arena_strdup(r->scope.arena, value),
                         .next = x->out_headers};
    x->out_headers = h;
}

static void put_reply(struct exchange *x, int status, const char *type, const void *p, size_t n)
{
    free(x->out);
    x->out = must(malloc(n + 1));
    memcpy(x->out, n ? p : "", n);
    x->out_n = n;
    x->status = status;
    x->type = arena_strdup(x->req.scope.arena, type);
}

/* Whoever answers must have asked the database something, or nobody has looked at the session. */
static enum err unproven(struct req *r)
{
    return fail(&r->scope, ERR_BUG, NULL, NULL, "answers before the session has been proven");
}

enum err req_reply_bytes(struct req *r, int status, const char *content_type, const void *p,
                         size_t n)
{
    struct exchange *x = EXCHANGE(r);
    if (x->replied || x->streaming) {
        x->twice = true;
        return OK;
    }
    if (r->scope.unproven)
        return unproven(r);
    x->replied = true;
    put_reply(x, status, content_type, p, n);
    return OK;
}

enum err req_reply(struct req *r, int status, const char *json)
{
    return req_reply_bytes(r, status, "application/json", json, strlen(json));
}

enum err req_cut(struct req *r, bool reset)
{
    struct exchange *x = EXCHANGE(r);
    x->replied = x->cut = true;
    x->cut_reset = reset;
    return OK;
}

enum err req_upgrade(struct req *r, const char *protocol, const struct upgrade_h *h, void *arg)
{
    struct exchange *x = EXCHANGE(r);
    x->upgrade = h;
    x->upgrade_arg = arg;
    req_set_header(r, "Upgrade", protocol);
    return req_reply_bytes(r, SWITCHING, "", "", 0);
}

/* Errors */

static void put_error(struct buf *b, const struct fault *f, enum err e)
{
    const char *code = *f->code ? f->code : err_code(e);
    buf_puts(b, "{\"error\":{\"code\":");
    buf_put_json(b, code);
    buf_puts(b, ",\"message\":");
    buf_put_json(b, *f->message ? f->message : err_code(e));
    if (*f->field) {
        buf_puts(b, ",\"field\":");
        buf_put_json(b, f->field);
    }
    buf_puts(b, "}}");
}

void reply_error(struct exchange *x, enum err e)
{
    static const struct fault nothing;
    struct buf b = BUF(ERROR_TEXT_MAX);
    /* What exactly broke inside is for our log, not for the client. */
    put_error(&b, e == ERR_BUG ? &nothing : &x->req.scope.fault, e);
    put_reply(x, err_http(e), "application/json", b.p, b.n);
    buf_free(&b);
    if (e == ERR_UNAUTHENTICATED)
        req_set_header(&x->req, "WWW-Authenticate", "Bearer");
    if (e == ERR_METHOD && x->allow)
        req_set_header(&x->req, "Allow", x->allow);
    if (e == ERR_BUSY || e == ERR_CLOSING)
        req_set_header(&x->req, "Retry-After", "1");
}

/* Streams */

enum err req_stream(struct req *r, int status, const char *content_type, int64_t length)
{
    struct exchange *x = EXCHANGE(r);
    if (x->replied || x->streaming) {
        x->twice = true;
        return OK;
    }
    if (r->scope.unproven)
        return unproven(r);
    x->streaming = true;
    x->status = status;
    x->type = arena_strdup(r->scope.arena, content_type);
    x->stream_total = x->stream_left = length < 0 ? -1 : length;
    return OK;
}

static size_t queued(const struct exchange *x)
{
    return x->queue.n - x->queue_at;
}

static void compact(struct exchange *x)
{
    buf_skip(&x->queue, x->queue_at);
    x->queue_at = 0;
}

size_t reply_stream_take(struct exchange *x, char *p, size_t max)
{
    size_t n = queued(x) < max ? queued(x) : max;
    memcpy(p, x->queue.p + x->queue_at, n);
    x->queue_at += n;
    if (queued(x) == 0)
        compact(x);
    if (queued(x) <= STREAM_QUEUE / 2)
        reply_stream_settle(x);
    return n;
}

void reply_stream_settle(struct exchange *x)
{
    struct wait *w = x->writer;
    x->writer = NULL;
    if (!w)
        return;
    wait_settle(w);
    x->httpd->woke = true;
}

static void on_deadline(void *arg)
{
    reply_stream_settle(arg);
}

static void await_room(struct exchange *x)
{
    struct wait w = WAIT_HERE;
    struct timer *t = timer_after(clock_left(x->req.scope.deadline), on_deadline, x);
    x->writer = &w;
    await_wait(&w);
    timer_cancel(&t);
}

static size_t enqueue(struct exchange *x, const char *p, size_t n)
{
    if (x->queue_at && x->queue.n + n > STREAM_QUEUE)
        compact(x);
    size_t room = STREAM_QUEUE - x->queue.n;
    if (n > room)
        n = room;
    buf_put(&x->queue, p, n);
    return n;
}

enum err await_req_write(struct req *r, const void *p, size_t n)
{
    struct exchange *x = EXCHANGE(r);
    const char *from = p;
    if (!x->streaming || (x->stream_left >= 0 && (int64_t)n > x->stream_left))
        return fail(&r->scope, ERR_BUG, NULL, NULL, "a write that req_stream() did not announce");
    x->stream_begun = true;
    if (x->stream_left >= 0)
        x->stream_left -= (int64_t)n;
    if (strcmp(r->method, "HEAD") == 0)
        n = 0;
    while (x->wire) {
        size_t taken = enqueue(x, from, n);
        from += taken;
        n -= taken;
        httpd_wire_wake(x);
        if (!n)
            return OK;
        if (!clock_left(r->scope.deadline))
            return fail(&r->scope, ERR_TIMEOUT, NULL, NULL, "the client reads too slowly");
        await_room(x);
    }
    return ERR_CLOSING;
}
