/*
 * An exchange is one request and its answer. It has two users, the wire (until exchange_over) and
 * the task that runs the handler; it dies when both have let go, so a client that leaves takes
 * nothing away from under a handler.
 */
#include "io/httpd_impl.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/span.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void destroy(struct exchange *x)
{
    if (x->upgrade)
        x->upgrade->over(x->upgrade_arg);
    OBJ_KILL(x, EXCHANGE_MAGIC);
    x->httpd->active--;
    scope_fini(&x->req.scope);
    buf_free(&x->body);
    buf_free(&x->queue);
    free(x->out);
    free(x);
}

/* Received. */

struct exchange *exchange_create(struct httpd *h, struct conn *c, struct MHD_Connection *wire,
                                 const char *target)
{
    struct exchange *x = must(calloc(1, sizeof *x));
    x->magic = EXCHANGE_MAGIC;
    x->httpd = h;
    x->conn = c;
    x->wire = wire;
    x->raw = target;
    x->body = BUF(BODY_DEFAULT);
    x->queue = BUF(STREAM_QUEUE);
    x->req.body = "";
    scope_init(&x->req.scope, 0);
    struct arena *a = x->req.scope.arena;
    x->req.target = arena_strdup(a, target);
    x->req.path = arena_strndup(a, target, strcspn(target, "?"));
    x->req.client = arena_strdup(a, c->client);
    if (c->requests++) /* the first one has had its time since the connection */
        c->deadline = clock_ms() + h->cfg.receive_ms;
    h->active++;
    return x;
}

/* The wire's buffer does not outlive the connection, a handler may: so keep a copy. */
static void keep_headers(struct exchange *x, const struct head *head)
{
    struct arena *a = x->req.scope.arena;
    x->n_headers = head->n;
    x->headers = arena_alloc(a, head->n * sizeof *x->headers + 1);
    for (size_t i = 0; i < head->n; i++) {
        x->headers[i] = head->headers[i];
        x->headers[i].name = arena_strndup(a, head->headers[i].name, head->headers[i].name_n);
        x->headers[i].value = arena_strndup(a, head->headers[i].value, head->headers[i].value_n);
    }
}

const char *req_header(const struct req *r, const char *name)
{
    const struct exchange *x = LIST_OF(r, const struct exchange, req);
    for (size_t i = 0; i < x->n_headers; i++)
        if (strcasecmp(x->headers[i].name, name) == 0)
            return x->headers[i].value;
    return NULL;
}

static enum err judge(struct exchange *x, const struct head *head)
{
    TRY(edge_judge(x, head));
    keep_headers(x, head);
    x->req.client = client_behind(x);
    scope_trace(&x->req.scope, req_header(&x->req, "traceparent"));
    if (x->conn->surplus)
        return fail(&x->req.scope, ERR_BUSY, NULL, NULL, "too many connections");
    TRY(route_find(x));
    x->body.max = x->req.route->max_body ? x->req.route->max_body : BODY_DEFAULT;
    const char *length = req_header(&x->req, "Content-Length");
    if (length && strtoull(length, NULL, 10) > x->body.max)
        return fail(&x->req.scope, ERR_TOO_BIG, NULL, NULL, "the body is over %zu bytes",
                    x->body.max);
    return OK;
}

void exchange_head(struct exchange *x, const struct head *head)
{
    x->head_seen = true;
    x->req.method = arena_strdup(x->req.scope.arena, head->method);
    x->refusal = judge(x, head);
    const char *length = req_header(&x->req, "Content-Length");
    bool no_body = x->headers && !req_header(&x->req, "Transfer-Encoding") &&
                   (!length || strtoull(length, NULL, 10) == 0);
    x->refuse_now = x->refusal && (!no_body || x->refusal == ERR_INVALID || x->refusal == ERR_BUSY);
    x->close = x->refuse_now;
}

bool exchange_body(struct exchange *x, const char *p, size_t n)
{
    buf_put(&x->body, p, n);
    if (x->body.over)
        x->refusal =
            fail(&x->req.scope, ERR_TOO_BIG, NULL, NULL, "the body is over %zu bytes", x->body.max);
    return !x->body.over;
}

/* Handled. */

static void count(struct exchange *x, enum err e)
{
    const struct req *r = &x->req;
    const char *route = r->route ? r->route->path : "-";
    uint64_t us = clock_us() - x->began_us;
    char labels[256];
    snprintf(labels, sizeof labels, "route=\"%s\",status=\"%d\"", route, x->status);
    metric_add("va_http_requests_total", labels, 1);
    snprintf(labels, sizeof labels, "route=\"%s\"", route);
    metric_time("va_http_seconds", labels, us);
    if (x->httpd->cfg.quiet)
        return;
    const char *ms = fmt_int((long long)(us / 1000)), *status = fmt_int(x->status);
    span_note(x->span, "http.response.status_code", status);
    span_note(x->span, "request.id", r->scope.id);
    span_note(x->span, "call.id", r->scope.call_id);
    span_end(x->span, x->req.scope.trace, e);
    if (e)
        log_info(&r->scope, "http.request", "method", r->method, "route", route, "status", status,
                 "ms", ms, "error", err_name(e), "why", r->scope.fault.message);
    else
        log_info(&r->scope, "http.request", "method", r->method, "route", route, "status", status,
                 "ms", ms);
}

static enum err handle(struct req *r)
{
    if (EXCHANGE(r)->httpd->cfg.guard)
        TRY(EXCHANGE(r)->httpd->cfg.guard(r));
    enum err e = r->route->handler(r);
    if (e && r->scope.unproven && EXCHANGE(r)->httpd->cfg.prove)
        TRY(EXCHANGE(r)->httpd->cfg.prove(r));
    return e;
}

/* What the handler returned, and what it did, become the answer. */
static enum err settle(struct exchange *x, enum err e)
{
    bool silent = !x->replied && !x->streaming, bodiless = strcmp(x->req.method, "HEAD") == 0;
    if (!x->stream_begun && !e && (silent || x->twice)) {
        log_error(&x->req.scope, "http.bug", "route", x->req.route->path, "what",
                  silent ? "no reply" : "two replies");
        e = ERR_BUG;
    }
    if (x->stream_begun || (x->streaming && !e)) {
        x->stream_begun = x->stream_ended = true;
        x->stream_failed = e != OK || (x->stream_left > 0 && !bodiless);
    } else if (e) {
        x->streaming = false;
        reply_error(x, e);
    }
    return e;
}

static void run(void *arg)
{
    struct exchange *x = OBJ_CAST(struct exchange, arg, EXCHANGE_MAGIC);
    enum err e = settle(x, handle(&x->req));
    x->answered = true;
    x->task_live = false;
    count(x, e);
    if (x->wire)
        httpd_wire_wake(x);
    else
        destroy(x);
}

static void refuse(struct exchange *x)
{
    reply_error(x, x->refusal);
    x->answered = true;
    count(x, x->refusal);
}

static void begin_span(struct exchange *x)
{
    char name[SPAN_NAME];
    snprintf(name, sizeof name, "%.10s %.50s", x->req.method, x->req.route->path);
    x->span = span_begin(x->req.scope.trace, SPAN_SERVER, name);
}

/* Nothing more will be received: the handler starts, or the edge's answer stands. */
void exchange_whole(struct exchange *x)
{
    struct req *r = &x->req;
    x->dispatched = true;
    x->began_us = clock_us();
    if (x->refusal) {
        refuse(x);
        return;
    }
    r->body = x->body.p;
    r->body_n = x->body.n;
    r->scope.deadline =
        clock_ms() + (r->route->budget_ms ? r->route->budget_ms : BUDGET_DEFAULT_MS);
    x->conn->deadline = 0;
    x->task_live = true;
    if (!x->httpd->cfg.quiet)
        begin_span(x);
    task_spawn(r->route->path, run, x);
    x->httpd->woke = true;
}

/* From now on bytes are spoken, for hours perhaps: what was received and answered is not needed any more. */
void exchange_forget(struct exchange *x)
{
    scope_fini(&x->req.scope);
    scope_init(&x->req.scope, 0);
    x->headers = NULL;
    x->n_headers = 0;
    x->req.target = x->req.path = x->req.client = x->req.method = "";
}

/* Gone. */

bool req_client_gone(const struct req *r)
{
    const struct exchange *x = LIST_OF(r, const struct exchange, req);
    if (!x->wire)
        return true;
    struct pollfd p = {.fd = x->conn->fd, .events = POLLRDHUP};
    return poll(&p, 1, 0) == 1;
}

void exchange_over(struct exchange *x)
{
    x->conn->deadline = clock_ms() + IDLE_S * 1000 + x->httpd->cfg.receive_ms;
    x->wire = NULL;
    x->conn = NULL;
    if (x->task_live)
        reply_stream_settle(x);
    else
        destroy(x);
}
