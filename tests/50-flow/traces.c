/* Traces go through all processes, and arrive at a collector. */
#include "truth.h"
#include "world_peer.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES_MAX 2000
#define SPANS_MAX   20000

static char *batches[BATCHES_MAX];
static atomic_int n_batches;

/* Runs on the peer's thread; what is behind n_batches is not looked at. */
static void collect(int fd)
{
    if (!peer_request(fd))
        return;
    if (n_batches < BATCHES_MAX) {
        batches[n_batches] = strdup(strstr(peer_last, "\r\n\r\n") + 4);
        n_batches++;
    }
    peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

static void begin(void)
{
    peer_start(collect);
    world_set("OTEL_EXPORTER_OTLP_ENDPOINT", text("http://127.0.0.1:%d", peer_port));
    world_set("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test");
    world_up();
}

static void end(void)
{
    world_down();
    peer_stop();
}

TestSuite(traces, .init = begin, .fini = end, .timeout = 120);

struct found {
    const char *service, *trace, *id, *parent, *name;
};

static struct found spans[SPANS_MAX];
static int n_spans, n_read;

static void read_batch(const char *batch)
{
    const char *service = field(batch, "resourceSpans.0.resource.attributes.0.value.stringValue");
    int n = length(batch, "resourceSpans.0.scopeSpans.0.spans");
    for (int i = 0; i < n && n_spans < SPANS_MAX; i++) {
        const char *at = text("resourceSpans.0.scopeSpans.0.spans.%d.", i);
        spans[n_spans++] = (struct found){
            service, field(batch, text("%straceId", at)), field(batch, text("%sspanId", at)),
            field(batch, text("%sparentSpanId", at)), field(batch, text("%sname", at))};
    }
}

static void read_new(void)
{
    for (; n_read < n_batches; n_read++)
        read_batch(batches[n_read]);
}

/* trace NULL: of any */
static const struct found *find(const char *service, const char *name, const char *trace)
{
    read_new();
    for (int i = 0; i < n_spans; i++)
        if (strcmp(spans[i].service, service) == 0 && strcmp(spans[i].name, name) == 0 &&
            (!trace || strcmp(spans[i].trace, trace) == 0))
            return &spans[i];
    return NULL;
}

static const struct found *parent_of(const struct found *child)
{
    for (int i = 0; i < n_spans; i++)
        if (child->parent && strcmp(spans[i].id, child->parent) == 0 &&
            strcmp(spans[i].trace, child->trace) == 0)
            return &spans[i];
    return NULL;
}

static void expect_below(const struct found *child, const char *service, const char *name)
{
    const struct found *parent = child ? parent_of(child) : NULL;
    cr_assert_not_null(child);
    cr_assert_not_null(parent, "%s %s has no parent", child->service, child->name);
    cr_expect_str_eq(parent->service, service);
    cr_expect_str_eq(parent->name, name);
}

Test(traces, a_call_that_an_agent_asks_for_is_one_trace_from_the_request_to_the_telephone)
{
    const char *agent = login("agent@demo.test"), *line = active_voice_agent();
    cr_assert_not_null(line);
    const char *contact =
        sql("select id from contacts where real_estate_agent_id = (select id from "
            "real_estate_agents where email = 'agent@demo.test') order by "
            "phone_number limit 1");
    callee(sql("select phone_number from contacts where id = '%s'", contact), "buyer");
    struct answer a =
        ask("POST", API, agent, "/agent/calls/initiate", text("{\"contact_id\":\"%s\"}", contact));
    cr_assert_eq(a.status, 201, "%s", a.body);

    const struct found *asked, *dialed, *posted;
    EVENTUALLY_IN(30, (asked = find("api-gateway", "POST /agent/calls/initiate", NULL)));
    cr_expect_null(asked->parent, "it begins there");
    EVENTUALLY_IN(30, (dialed = find("call-dialer", "call.dial", asked->trace)));
    expect_below(dialed, "api-gateway", "POST /agent/calls/initiate");
    EVENTUALLY_IN(30, (posted = find("call-dialer", "POST 127.0.0.1", asked->trace)));
    expect_below(posted, "call-dialer", "call.dial");
    EVENTUALLY_IN(30, find("call-dialer", "attempt_bound", asked->trace));
    cr_expect_str_eq(
        sql("select count(*) from outbox where trace is null and type = 'call.changed' and "
            "call_id = '%s'",
            field(a.body, "call_id")),
        "0", "what a trigger writes, too");
}

Test(traces, a_turn_is_one_trace_from_the_webhook_to_the_model)
{
    call_over(ring(active_voice_agent(), "buyer"));
    const struct found *first_word, *thought, *taken;
    EVENTUALLY_IN(30, (first_word = find("ai-pipeline", "llm_first", NULL)));
    expect_below(first_word, "ai-pipeline", "turn.take");
    EVENTUALLY_IN(30, (thought = find("ai-pipeline", "POST 127.0.0.1", first_word->trace)));
    expect_below(thought, "ai-pipeline", "turn.take");
    EVENTUALLY_IN(30, (taken = find("ai-pipeline", "turn.take", first_word->trace)));
    EVENTUALLY_IN(30, find("webhook-ingestor", "POST /webhooks/twilio/turn", first_word->trace));
    expect_below(taken, "webhook-ingestor", "POST /webhooks/twilio/turn");
    EVENTUALLY_IN(30, find("ai-pipeline", "answered", first_word->trace));
}
