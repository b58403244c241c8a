#include "voice/otlp.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/span.h"
#include "io/httpc.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_MS    1000
#define BATCH_MAX   512
#define BATCH_BYTES (1u << 20)
#define ARENA_MAX   (4u << 20)
#define SEND_MS     5000
#define LAST_MS     2000
#define LOOK_MS     10
#define HEADERS_MAX 8

static struct otlp_config config;
static struct timer *timer;
static bool sending, failing, closing;
static struct scope *under_way; /* of the request, while there is one */

/* ---- one request's body ---- */

static void put_attribute(struct buf *b, const char *key, const char *value)
{
    if (b->p[b->n - 1] != '[')
        buf_putc(b, ',');
    buf_putc(b, '{');
    buf_put_member(b, "key", key);
    buf_put_name(b, "value");
    buf_putc(b, '{');
    buf_put_member(b, "stringValue", value);
    buf_puts(b, "}}");
}

static void put_time(struct buf *b, const char *name, uint64_t us)
{
    char text[24];
    snprintf(text, sizeof text, "%llu000", (unsigned long long)us);
    buf_put_member(b, name, text);
}

static void put_span(struct buf *b, const struct span *sp)
{
    buf_puts(b, b->p[b->n - 1] == '[' ? "{" : ",{");
    buf_put_member(b, "traceId", sp->trace);
    buf_put_member(b, "spanId", sp->id);
    if (*sp->parent)
        buf_put_member(b, "parentSpanId", sp->parent);
    buf_put_member(b, "name", sp->name);
    buf_put_name(b, "kind");
    buf_printf(b, "%d", (int)sp->kind);
    put_time(b, "startTimeUnixNano", sp->began_us);
    put_time(b, "endTimeUnixNano", sp->ended_us);
    buf_put_name(b, "attributes");
    buf_putc(b, '[');
    for (int i = 0; i < sp->n_notes; i++)
        put_attribute(b, sp->notes[i].key, sp->notes[i].value);
    buf_putc(b, ']');
    if (sp->err)
        buf_printf(b, ",\"status\":{\"code\":2,\"message\":\"%s\"}", err_name(sp->err));
    buf_putc(b, '}');
}

/* Calls take(arg, name, value) for each pair of "a=b,c=d". */
static void each_pair(const char *list,
                      void (*take)(void *arg, const char *name, const char *value), void *arg)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ","), name_n = strcspn(p, "=,");
        char name[128], value[256];
        snprintf(name, sizeof name, "%.*s", (int)name_n, p);
        snprintf(value, sizeof value, "%.*s", (int)(n > name_n ? n - name_n - 1 : 0),
                 p + name_n + 1);
        if (n > name_n)
            take(arg, name, value);
        p += n + (p[n] == ',');
    }
}

static void take_attribute(void *b, const char *name, const char *value)
{
    put_attribute(b, name, value);
}

static unsigned put_batch(struct buf *b)
{
    unsigned n = 0;
    buf_puts(b, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
    put_attribute(b, "service.name", config.service);
    each_pair(config.attributes, take_attribute, b);
    buf_puts(b, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"voice-agent-system\"},\"spans\":[");
    for (struct span *sp; n < BATCH_MAX && b->n < BATCH_BYTES && (sp = span_take()); n++) {
        put_span(b, sp);
        free(sp);
    }
    buf_puts(b, "]}]}]}");
    return n;
}

/* ---- sending ---- */

struct headers {
    struct scope *s;
    const char *lines[HEADERS_MAX + 1];
    size_t n;
};

static void take_header(void *arg, const char *name, const char *value)
{
    struct headers *h = arg;
    if (h->n < HEADERS_MAX)
        h->lines[h->n++] = arena_printf(h->s->arena, "%s: %s", name, value);
}

static enum err await_post(struct scope *s, const struct buf *body)
{
    struct http_answer answer;
    struct headers headers = {.s = s};
    each_pair(config.headers, take_header, &headers);
    TRY(await_http(s,
                   &(struct http_ask){.method = "POST",
                                      .url = url_under(s->arena, config.endpoint, "/v1/traces"),
                                      .type = "application/json",
                                      .headers = headers.lines,
                                      .body = body->p,
                                      .body_n = body->n},
                   &answer));
    if (answer.status >= 200 && answer.status < 300)
        return OK;
    return fail(s, ERR_UPSTREAM, NULL, NULL, "the collector answers %d", answer.status);
}

/* Said once, until it is taken again. */
static void note(const struct scope *s, enum err e)
{
    if (e && !failing)
        log_warn(NULL, "otlp.lost", "error", err_name(e), "why", s->fault.message);
    else if (!e && failing)
        log_info(NULL, "otlp.back");
    failing = e != OK;
}

static void await_batch(void)
{
    struct scope s;
    scope_init_sized(&s, SEND_MS, ARENA_MAX);
    struct buf body = BUF(2 * BATCH_BYTES);
    unsigned n = put_batch(&body);
    under_way = &s;
    enum err e = await_post(&s, &body);
    under_way = NULL;
    note(&s, e);
    if (e)
        spans_lost(n);
    else
        metric_add("va_spans_sent_total", "", n);
    buf_free(&body);
    scope_fini(&s);
}

static void send(void *arg)
{
    (void)arg;
    do
        await_batch();
    while (spans_waiting() >= BATCH_MAX && !closing);
    sending = false;
}

static void on_time(void *arg)
{
    (void)arg;
    if (sending || !spans_waiting())
        return;
    sending = true;
    task_spawn("otlp", send, NULL);
}

/* ---- public ---- */

bool otlp_ratio(const char *text, double *ratio)
{
    char *end;
    *ratio = strtod(text, &end);
    return *text && !*end && *ratio >= 0 && *ratio <= 1;
}

void otlp_open(const struct otlp_config *cfg)
{
    double ratio;
    config = *cfg;
    if (!*config.endpoint)
        return;
    CHECK(otlp_ratio(config.ratio, &ratio)); /* checked with the rest of the configuration */
    httpc_open("voice-agent-system");
    spans_keep(ratio);
    timer = timer_every(EVERY_MS, on_time, NULL);
}

void await_otlp_close(void)
{
    if (!timer)
        return;
    timer_cancel(&timer);
    for (uint64_t until = clock_ms() + LAST_MS;
         clock_left(until) && (sending || spans_waiting());) {
        on_time(NULL);
        await_sleep(LOOK_MS);
    }
    closing = true;
    if (under_way)
        scope_call_off(under_way);
    while (sending)
        await_sleep(LOOK_MS);
    httpc_close();
}
