#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/httpc_impl.h"
#include "loop/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_TOTAL_MS 120000
#define STREAM_MAX      (64u << 20)
#define PIECE_MAX       16384 /* libcurl's: one may come on top of PENDING_MAX */

static struct list streams = {&streams, &streams}, dirty = {&dirty, &dirty};
static struct timer *kick_timer;

/* ---- destructors ---- */

static void detach(struct http_stream *x)
{
    timer_cancel(&x->idle);
    httpc_stop(x);
}

static void destroy(struct http_stream *x)
{
    detach(x);
    list_remove(&x->all);
    list_remove(&x->dirty);
    buf_free(&x->pending);
    free(x->body);
    OBJ_KILL(x, STREAM_MAGIC);
    free(x);
}

static void count(struct http_stream *x)
{
    char labels[HOST_MAX + 48], class[16];
    snprintf(class, sizeof class, "%dxx", x->status / 100);
    const char *shown = x->canceled ? "canceled" : x->err ? err_code(x->err) : class;
    snprintf(labels, sizeof labels, "host=\"%s\",class=\"%s\"", x->host, shown);
    metric_time("va_httpc_seconds", labels, clock_us() - x->began_us);
    span_note(x->span, "http.response.status_code", x->status ? fmt_int(x->status) : NULL);
    span_end(x->span, NULL, x->canceled ? ERR_CLOSING : x->err);
    x->span = NULL;
}

/* ---- from libcurl ---- */

void stream_mark(struct http_stream *x)
{
    if (list_empty(&x->dirty))
        list_append(&dirty, &x->dirty);
}

void stream_end(struct http_stream *x, enum err e)
{
    httpc_note_sent(x);
    if (x->head && !x->headed)
        httpc_read_head(x);
    x->err = e;
    x->ended = true;
    detach(x);
    stream_mark(x);
}

/* A turn from now on the loop's stack, for those who may be inside a consumer or libcurl. */
static void on_kick(void *arg)
{
    (void)arg;
    timer_cancel(&kick_timer);
    stream_hand_all();
}

static void kick(struct http_stream *x)
{
    stream_mark(x);
    if (!kick_timer)
        kick_timer = timer_after(0, on_kick, NULL);
}

/* ---- handing on, on the loop's stack and outside libcurl ---- */

static void on_idle(void *arg)
{
    struct http_stream *x = OBJ_CAST(struct http_stream, arg, STREAM_MAGIC);
    uint64_t silent = clock_ms() - x->last_byte_ms, again = x->idle_ms;
    timer_cancel(&x->idle);
    if (x->ended)
        return;
    if (!x->paused && silent >= x->idle_ms) {
        x->why = "answer stalled";
        stream_end(x, ERR_TIMEOUT);
        kick(x);
        return;
    }
    if (!x->paused)
        again -= silent;
    x->idle = timer_after(again, on_idle, x);
}

static void hand_head(struct http_stream *x)
{
    if (!x->head || x->headed)
        return;
    x->headed = true;
    if (x->easy)
        httpc_read_head(x);
    if (x->idle_ms && !x->ended)
        x->idle = timer_after(x->idle_ms, on_idle, x);
    if (x->h->on_head)
        x->h->on_head(x->arg, x->status, x->type, x->length);
}

static void hand_pieces(struct http_stream *x)
{
    while (!x->canceled && !x->paused && x->h->on_piece && x->pending.n) {
        x->paused = !x->h->on_piece(x->arg, x->pending.p, x->pending.n);
        if (!x->paused && !x->canceled)
            buf_reset(&x->pending);
        if (x->held && !x->paused && !x->canceled && x->easy) {
            httpc_go_on(x);
            x->last_byte_ms = clock_ms();
        }
    }
}

static bool drained(const struct http_stream *x)
{
    return !x->h->on_piece || (!x->pending.n && !x->paused) || x->err;
}

static void hand_on(struct http_stream *x)
{
    x->busy = true;
    hand_head(x);
    hand_pieces(x);
    if (x->ended && !x->canceled && drained(x)) {
        count(x);
        x->canceled = true; /* a late http_cancel() from on_end does nothing */
        x->h->on_end(x->arg, x->err);
    }
    x->busy = false;
    if (x->canceled)
        destroy(x);
}

void stream_hand_all(void)
{
    for (struct http_stream *x; (x = LIST_FIRST(&dirty, struct http_stream, dirty));) {
        list_remove(&x->dirty);
        hand_on(x);
    }
}

/* ---- starting ---- */

static void set_host(struct http_stream *x, const char *url)
{
    const char *p = strstr(url, "://");
    p = p ? p + 3 : url;
    size_t n = strcspn(p, "/?#");
    for (size_t i = n; i > 0; i--)
        if (p[i - 1] == '@') {
            p += i, n -= i;
            break;
        }
    for (size_t i = 0; i < n && p[i] != ':' && i < HOST_MAX - 1; i++)
        x->host[i] = strchr("\"\\\n", p[i]) ? '_' : p[i];
}

static void begin_span(struct http_stream *x, const struct http_ask *ask)
{
    char name[SPAN_NAME];
    snprintf(name, sizeof name, "%.10s %.50s", ask->method, x->host);
    snprintf(x->trace, sizeof x->trace, "%s", ask->trace);
    x->span = span_begin(x->trace, SPAN_CLIENT, name);
}

/* A request unfit to start ends like any other: by a callback, in the next turn. */
struct http_stream *stream_start(const struct http_ask *ask, uint64_t total_ms, size_t max,
                                 size_t pending, const struct http_stream_h *h, void *arg)
{
    struct http_stream *x = must(calloc(1, sizeof *x));
    *x = (struct http_stream){.magic = STREAM_MAGIC,
                              .h = h,
                              .arg = arg,
                              .max = max,
                              .length = -1,
                              .idle_ms = ask->idle_ms,
                              .began_us = clock_us(),
                              .pending = BUF(pending)};
    list_init(&x->dirty);
    list_init(&x->waiting);
    list_append(&streams, &x->all);
    set_host(x, ask->url);
    if (ask->trace)
        begin_span(x, ask);
    if (!httpc_send(x, ask, total_ms)) {
        stream_end(x, ERR_INVALID);
        kick(x);
    }
    return x;
}

struct http_stream *http_stream(const struct http_ask *ask, const struct http_stream_h *h,
                                void *arg)
{
    CHECK(h->on_piece && h->on_end);
    size_t max = ask->max_answer ? ask->max_answer : STREAM_MAX;
    uint64_t total = ask->total_ms ? ask->total_ms : STREAM_TOTAL_MS;
    return stream_start(ask, total, max, PENDING_MAX + PIECE_MAX, h, arg);
}

void http_cancel(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    if (x->canceled)
        return;
    x->canceled = true;
    count(x);
    if (x->busy)
        detach(x); /* hand_on() is below us and frees it */
    else
        destroy(x);
}

void http_resume(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    x->paused = false;
    x->last_byte_ms = clock_ms();
    kick(x);
}

unsigned http_retry_after(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    return x->retry_after_s;
}

const char *http_content_range(struct http_stream *x)
{
    OBJ_CHECK(x, STREAM_MAGIC);
    return x->range;
}

void stream_close_all(void)
{
    for (struct http_stream *x; (x = LIST_FIRST(&streams, struct http_stream, all));) {
        if (!x->ended)
            stream_end(x, ERR_CLOSING);
        x->err = ERR_CLOSING;
        list_remove(&x->dirty);
        hand_on(x);
    }
    timer_cancel(&kick_timer);
}
