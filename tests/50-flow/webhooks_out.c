/* Events posted to systems of an agent's own; the peer is such a system, one request per connection. */
#include "io/crypto.h"
#include "truth.h"
#include "world_peer.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENT       "agent@demo.test"
#define OK_ANSWER   "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define BUSY_ANSWER "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define GONE_ANSWER "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

static void up(void)
{
    world_set("WEBHOOK_PRIVATE_HOSTS", "crm.invalid,127.0.0.1");
    world_set("WEBHOOK_RETRY_S", "1");
    world_set("WEBHOOK_TRIES", "2");
    world_up();
}

TestSuite(webhooks_out, .init = up, .fini = world_down, .timeout = 120);

static void serve_ok(int fd)
{
    if (peer_request(fd))
        peer_put(fd, OK_ANSWER);
}

static void serve_busy_once(int fd)
{
    if (peer_request(fd))
        peer_put(fd, peer_requests == 1 ? BUSY_ANSWER : OK_ANSWER);
}

static void serve_busy(int fd)
{
    if (peer_request(fd))
        peer_put(fd, BUSY_ANSWER);
}

static void serve_gone(int fd)
{
    if (peer_request(fd))
        peer_put(fd, GONE_ANSWER);
}

static struct answer as_agent(const char *method, const char *path, const char *body)
{
    return ask(method, API, login(AGENT), path, body);
}

/* The new webhook, with its secret. */
static struct answer hook(const char *events)
{
    struct answer a =
        as_agent("POST", "/agent/webhooks",
                 text("{\"url\":\"http://127.0.0.1:%d/hook\",\"events\":[%s]}", peer_port, events));
    cr_assert_eq(a.status, 201, "%s", a.body);
    return a;
}

static const char *path_of(struct answer h, const char *rest)
{
    return text("/agent/webhooks/%s%s", field(h.body, "id"), rest);
}

static struct answer last_delivery(struct answer h)
{
    return as_agent("GET", path_of(h, "/deliveries"), NULL);
}

static bool delivery_is(struct answer h, const char *state)
{
    const char *now = field(last_delivery(h).body, "items.0.state");
    return now && !strcmp(now, state);
}

static const char *got_header(const char *name)
{
    const char *at = strcasestr(peer_last, text("\r\n%s: ", name));
    cr_assert(at, "no %s in %s", name, peer_last);
    at += strlen(name) + 4;
    return text("%.*s", (int)strcspn(at, "\r"), at);
}

static const char *got_body(void)
{
    return text("%s", strstr(peer_last, "\r\n\r\n") + 4);
}

/* As a receiver computes it, from the secret it was shown. */
static const char *expected_signature(const char *secret)
{
    uint8_t key[64], mac[SHA256_SIZE];
    char base64[64];
    const char *encoded = secret + strlen("whsec_");
    long key_n = base64_decode(encoded, strlen(encoded), key);
    const char *what =
        text("%s.%s.%s", got_header("webhook-id"), got_header("webhook-timestamp"), got_body());
    cr_assert_eq(key_n, SHA256_SIZE, "%s", secret);
    hmac_sha256(key, (size_t)key_n, what, strlen(what), mac);
    base64_encode(mac, sizeof mac, base64);
    return text("v1,%s", base64);
}

Test(webhooks_out, the_end_of_a_call_is_posted_once_signed_with_the_secret_that_was_shown)
{
    peer_start(serve_ok);
    const char *line = active_voice_agent();
    struct answer h = hook("\"call.ended\"");
    const char *sid = ring(line, "lead");
    call_over(sid);
    EVENTUALLY(delivery_is(h, "delivered"));
    cr_expect_eq(peer_requests, 1);
    cr_expect_str_eq(field(got_body(), "type"), "call.ended");
    cr_expect_str_eq(field(got_body(), "data.twilio_call_sid"), sid);
    cr_expect_str_eq(field(got_body(), "data.status"), "completed");
    cr_expect_str_eq(got_header("webhook-signature"), expected_signature(field(h.body, "secret")));
    cr_expect_null(field(as_agent("GET", path_of(h, ""), NULL).body, "secret"),
                   "it was shown once");
    peer_stop();
}

Test(webhooks_out, a_changed_secret_signs_beside_the_old_one)
{
    peer_start(serve_ok);
    struct answer h = hook("\"call.ended\"");
    struct answer changed = as_agent("POST", path_of(h, "/secret"), "");
    cr_assert_eq(changed.status, 200, "%s", changed.body);
    cr_assert_eq(as_agent("POST", path_of(h, "/test"), "").status, 202);
    EVENTUALLY(delivery_is(h, "delivered"));
    cr_expect_str_eq(got_header("webhook-signature"),
                     text("%s %s", expected_signature(field(changed.body, "secret")),
                          expected_signature(field(h.body, "secret"))));
    peer_stop();
}

Test(webhooks_out, what_is_refused_comes_again_with_the_same_id)
{
    peer_start(serve_busy_once);
    struct answer h = hook("\"call.ended\"");
    cr_assert_eq(as_agent("POST", path_of(h, "/test"), "").status, 202);
    EVENTUALLY(delivery_is(h, "delivered"));
    cr_expect_eq(peer_requests, 2);
    struct answer d = last_delivery(h);
    cr_expect_eq(number(d.body, "items.0.tries"), 2);
    cr_expect_str_eq(got_header("webhook-id"), field(d.body, "items.0.id"));
    peer_stop();
}

Test(webhooks_out, what_fails_too_often_is_dead_until_it_is_replayed)
{
    peer_start(serve_busy);
    struct answer h = hook("\"call.ended\"");
    cr_assert_eq(as_agent("POST", path_of(h, "/test"), "").status, 202);
    EVENTUALLY(delivery_is(h, "dead"));
    cr_expect_eq(peer_requests, 2);
    cr_expect_eq(number(last_delivery(h).body, "items.0.status"), 503);
    cr_expect_eq(number(as_agent("GET", path_of(h, ""), NULL).body, "dead"), 1);
    struct answer again = as_agent("POST", path_of(h, "/replay"), "");
    cr_expect_eq(number(again.body, "replayed"), 1, "%s", again.body);
    EVENTUALLY(peer_requests == 4 && delivery_is(h, "dead"));
    peer_stop();
}

Test(webhooks_out, who_says_that_it_is_gone_is_left_alone)
{
    peer_start(serve_gone);
    const char *line = active_voice_agent();
    struct answer h = hook("\"call.ended\"");
    cr_assert_eq(as_agent("POST", path_of(h, "/test"), "").status, 202);
    EVENTUALLY(delivery_is(h, "dead"));
    cr_expect_str_eq(field(as_agent("GET", path_of(h, ""), NULL).body, "reason"), "gone");
    call_over(ring(line, "lead"));
    EVENTUALLY(!strcmp(sql("select count(*) from calls where status = 'completed'"), "1"));
    cr_expect_eq(number(last_delivery(h).body, "total"), 1);
    peer_stop();
}

Test(webhooks_out, what_waits_while_it_rests_is_posted_when_it_is_active_again)
{
    peer_start(serve_busy_once);
    struct answer h = hook("\"call.ended\"");
    cr_assert_eq(as_agent("POST", path_of(h, "/test"), "").status, 202);
    EVENTUALLY(peer_requests == 1);
    cr_assert_eq(as_agent("PATCH", path_of(h, ""), "{\"active\":false}").status, 200);
    const char *sent =
        "select count(*) from outbox where type = 'webhook.deliver' and sent_at is null";
    EVENTUALLY(!strcmp(sql("%s", sent), "0") &&
               !strcmp(sql("select count(*) from outbox where type = 'webhook.deliver'"), "2"));
    cr_expect(delivery_is(h, "waiting"));
    cr_assert_eq(as_agent("PATCH", path_of(h, ""), "{\"active\":true}").status, 200);
    EVENTUALLY(delivery_is(h, "delivered"));
    peer_stop();
}

Test(webhooks_out, a_viewing_and_an_opt_out_are_told_to_whoever_wants_them)
{
    peer_start(serve_ok);
    active_voice_agent();
    struct answer h = hook("\"viewing.booked\""), o = hook("\"contact.opted_out\"");
    const char *tenant = sql("select id from real_estate_agents where email = '" AGENT "'");
    sql("insert into suppressions (real_estate_agent_id, phone_number, source) values "
        "('%s', '+12025550188', 'caller'), ('%s', '+12025550189', 'agent')",
        tenant, tenant);
    sql("insert into viewings (real_estate_agent_id, property_id, starts_at, ends_at) select '%s', "
        "id, "
        "now() + interval '1 day', now() + interval '25 hours' from properties where "
        "real_estate_agent_id = '%s' limit 1",
        tenant, tenant);
    EVENTUALLY(delivery_is(h, "delivered"));
    EVENTUALLY(delivery_is(o, "delivered"));
    cr_expect_eq(number(last_delivery(h).body, "total"), 1);
    cr_expect_eq(number(last_delivery(o).body, "total"), 1, "the agent's own entry is no opt-out");
    peer_stop();
}

Test(webhooks_out, nothing_is_posted_to_the_inside_by_whatever_name)
{
    static const char *const urls[] = {"http://example.com/",
                                       "https://10.0.0.1/",
                                       "https://[::1]/x",
                                       "https://user:pass@example.com/",
                                       "https://",
                                       "ftp://example.com/",
                                       "https://exa mple.com/",
                                       "javascript:alert(1)",
                                       "https://127.0.0.2:443/"};
    peer_start(serve_ok);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct answer a = as_agent("POST", "/agent/webhooks",
                                   text("{\"url\":\"%s\",\"events\":[\"call.ended\"]}", urls[i]));
        cr_expect_eq(a.status, 422, "%s: %s", urls[i], a.body);
        cr_expect_str_eq(field(a.body, "error.field"), "url");
    }
    struct answer h = as_agent(
        "POST", "/agent/webhooks",
        text("{\"url\":\"https://localhost:%d/\",\"events\":[\"call.ended\"]}", peer_port));
    cr_assert_eq(h.status, 201, "a name is judged when it is used: %s", h.body);
    cr_assert_eq(as_agent("POST", path_of(h, "/test"), "").status, 202);
    EVENTUALLY(delivery_is(h, "dead"));
    cr_expect_eq(peer_connections, 0);
    peer_stop();
}
