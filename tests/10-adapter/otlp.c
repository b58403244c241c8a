/* Spans, and how they come to a collector of traces. */
#include "world_peer.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/span.h"
#include "io/js.h"
#include "voice/otlp.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(otlp, .timeout = 60);

#define PATIENCE_MS 30000
#define OTHERS      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define OF_LEVEL_2                                                                                 \
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03" /* its id is random, too */
#define NOT_SAMPLED "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

static double metric_value(const char *name)
{
    struct buf all = BUF(1 << 20);
    metric_print(&all);
    const char *line = strstr(all.p, name);
    while (line && line[strlen(name)] != '{')
        line = strstr(line + 1, name);
    double value = line ? strtod(strchr(line, '}') + 1, NULL) : 0;
    buf_free(&all);
    return value;
}

static void await_metric(const char *name, double least)
{
    uint64_t until = clock_ms() + PATIENCE_MS;
    while (metric_value(name) < least && clock_left(until))
        await_sleep(20);
    cr_assert_geq(metric_value(name), least, "%s is %g", name, metric_value(name));
}

static void open_with(const char *ratio)
{
    static char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d/", peer_port);
    otlp_open(&(struct otlp_config){.service = "bench-of-the-test",
                                    .endpoint = endpoint,
                                    .ratio = ratio,
                                    .attributes = "deployment.environment=test,region=eu west",
                                    .headers = "api-key=open sesame"});
}

static void answer_ok(int fd)
{
    if (peer_request(fd))
        peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

/* ---- what arrives ---- */

static void two_spans(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, PATIENCE_MS);
    scope_trace(&s, OTHERS);
    open_with("1");
    struct span *request = span_begin(s.trace, SPAN_SERVER, "POST /calls");
    struct span *call = span_begin(s.trace, SPAN_CLIENT, "POST \"quoted\"");
    span_note(call, "http.response.status_code", "504");
    span_end(call, s.trace, ERR_TIMEOUT);
    span_end(request, s.trace, OK);
    cr_expect_str_eq(s.trace, OTHERS, "what stood there before is there again");
    await_metric("va_spans_sent_total", 2);
    scope_fini(&s);
    await_otlp_close();
}

static const struct js *attribute(const struct js *list, const char *key)
{
    for (size_t i = 0; i < js_count(list); i++)
        if (strcmp(js_text(js_get(js_at(list, i), "key")), key) == 0)
            return js_get(js_get(js_at(list, i), "value"), "stringValue");
    return NULL;
}

Test(otlp, a_span_arrives_as_the_protocol_has_it)
{
    peer_start(answer_ok);
    peer_run(two_spans);
    peer_stop();
    cr_expect(strncmp(peer_last, "POST /v1/traces HTTP/1.1\r\n", 26) == 0, "%.60s", peer_last);
    cr_expect(strstr(peer_last, "\r\nContent-Type: application/json\r\n"));
    cr_expect(strstr(peer_last, "\r\napi-key: open sesame\r\n"));
    cr_expect_null(strstr(peer_last, "traceparent"), "no trace of tracing");

    struct scope s;
    struct js *sent;
    scope_init(&s, 1000);
    cr_assert_eq(js_parse(&s, strstr(peer_last, "\r\n\r\n") + 4, 0, &sent), OK, "%s",
                 s.fault.message);
    const struct js *all = js_at(js_get(sent, "resourceSpans"), 0);
    const struct js *resource = js_get(js_get(all, "resource"), "attributes");
    cr_expect_str_eq(js_text(attribute(resource, "service.name")), "bench-of-the-test");
    cr_expect_str_eq(js_text(attribute(resource, "region")), "eu west");
    const struct js *spans = js_get(js_at(js_get(all, "scopeSpans"), 0), "spans");
    cr_assert_eq(js_count(spans), 2);
    const struct js *call = js_at(spans, 0), *request = js_at(spans, 1);
    cr_expect_str_eq(js_text(js_get(call, "traceId")), "0af7651916cd43dd8448eb211c80319c");
    cr_expect_str_eq(js_text(js_get(call, "name")), "POST \"quoted\"");
    cr_expect_eq(js_int(js_get(call, "kind")), SPAN_CLIENT);
    cr_expect_str_eq(js_text(js_get(call, "parentSpanId")), js_text(js_get(request, "spanId")));
    cr_expect_str_eq(js_text(js_get(request, "parentSpanId")), "b7ad6b7169203331");
    cr_expect_eq(js_int(js_get(js_get(call, "status"), "code")), 2, "an error");
    cr_expect_null(js_get(request, "status"));
    cr_expect_str_eq(js_text(attribute(js_get(call, "attributes"), "http.response.status_code")),
                     "504");
    long long from = atoll(js_text(js_get(call, "startTimeUnixNano")));
    long long to = atoll(js_text(js_get(call, "endTimeUnixNano")));
    cr_expect_leq(from, to);
    cr_expect_lt(llabs(to / 1000000 - (long long)clock_wall_ms()), PATIENCE_MS);
    scope_fini(&s);
}

/* ---- a collector that is none ---- */

static void many_spans(unsigned n)
{
    char trace[TRACE_TEXT] = OTHERS;
    for (unsigned i = 0; i < n; i++)
        span_end(span_begin(trace, SPAN_INTERNAL, "one of many"), trace, OK);
}

static void unanswered(void *arg)
{
    (void)arg;
    open_with("1");
    many_spans(SPANS_KEPT + 100);
    cr_expect_eq(spans_waiting(), SPANS_KEPT, "no more than that is kept");
    cr_expect_eq(metric_value("va_spans_dropped_total"), 100);
    await_metric("va_spans_dropped_total", 101); /* the first request has had its time */
    cr_expect_eq(metric_value("va_spans_sent_total"), 0);
    uint64_t began = clock_ms();
    await_otlp_close();
    cr_expect_lt(clock_ms() - began, PATIENCE_MS, "and the process ends all the same");
}

Test(otlp, a_collector_that_does_not_answer_costs_spans_and_nothing_else)
{
    peer_start(peer_wait_hangup);
    peer_run(unanswered);
    peer_stop();
}

static void refused(void *arg)
{
    (void)arg;
    open_with("1");
    many_spans(3);
    await_metric("va_spans_dropped_total", 3);
    cr_expect_eq(spans_waiting(), 0);
    await_otlp_close();
}

static void answer_overloaded(int fd)
{
    if (peer_request(fd))
        peer_put(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

Test(otlp, what_the_collector_refuses_is_counted_and_forgotten)
{
    peer_start(answer_overloaded);
    peer_run(refused);
    peer_stop();
}

/* ---- sampling ---- */

static unsigned kept_of_new_traces(unsigned n)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < n; i++) {
        struct scope s;
        scope_init(&s, 1000);
        struct span *sp = span_begin(s.trace, SPAN_SERVER, "root");
        cr_expect_eq(s.trace[54], sp ? '1' : '0', "whoever comes next is told");
        cr_expect_eq(sp && *sp->parent, 0, "the first one has no parent");
        kept += sp != NULL;
        span_end(sp, s.trace, OK);
        scope_fini(&s);
    }
    return kept;
}

Test(otlp, a_share_of_the_traces_that_begin_here_is_kept)
{
    spans_keep(0);
    cr_expect_eq(kept_of_new_traces(200), 0);
    spans_keep(1);
    cr_expect_eq(kept_of_new_traces(200), 200);
    spans_keep(0.25);
    unsigned kept = kept_of_new_traces(1000);
    cr_expect(kept > 150 && kept < 350, "%u of 1000", kept);
}

Test(otlp, of_a_trace_that_began_elsewhere_its_beginner_decides)
{
    char theirs[TRACE_TEXT] = OTHERS, newer[TRACE_TEXT] = OF_LEVEL_2;
    char not_wanted[TRACE_TEXT] = NOT_SAMPLED;
    spans_keep(0);
    cr_expect(span_sampled(newer));
    struct span *sp = span_begin(theirs, SPAN_SERVER, "asked for");
    cr_expect_not_null(sp);
    span_end(sp, theirs, OK);
    spans_keep(1);
    cr_expect_null(span_begin(not_wanted, SPAN_SERVER, "not asked for"));
    cr_expect_str_eq(not_wanted, NOT_SAMPLED);
}

Test(otlp, nobody_exports_nothing_is_kept)
{
    char trace[TRACE_TEXT] = OTHERS;
    cr_expect_null(span_begin(trace, SPAN_SERVER, "unseen"));
    span_past(trace, SPAN_INTERNAL, "unseen", 1, 2, OK);
    cr_expect_eq(spans_waiting(), 0);
    cr_expect_str_eq(trace, OTHERS);
}

Test(otlp, a_share_is_from_0_to_1)
{
    double ratio;
    cr_expect(otlp_ratio("0.25", &ratio) && ratio == 0.25);
    cr_expect(otlp_ratio("1", &ratio) && ratio == 1);
    cr_expect_not(otlp_ratio("", &ratio));
    cr_expect_not(otlp_ratio("1.5", &ratio));
    cr_expect_not(otlp_ratio("half", &ratio));
}
