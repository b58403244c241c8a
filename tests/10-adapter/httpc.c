/*
 * The HTTP client against peers that misbehave.
 */
#include "base/clock.h"
#include "io/httpc.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "world_peer.h"
#include "world_tls.h"
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(httpc, .timeout = 30);

static int tls_port; /* where the peer is behind TLS; 0: it is not */

static const char *url_of(struct scope *s, const char *path)
{
    if (tls_port)
        return arena_printf(s->arena, "https://127.0.0.1:%d%s", tls_port, path);
    return arena_printf(s->arena, "http://127.0.0.1:%d%s", peer_port, path);
}

/* ---- whole answers ---- */

static void serve_limited(int fd)
{
    while (peer_request(fd))
        peer_put(fd, "HTTP/1.1 429 Slow\r\nContent-Type: application/json\r\nRetry-After: 7\r\n"
                     "Content-Length: 13\r\n\r\n{\"code\":2042}");
}

static void ask_limited(void *arg)
{
    (void)arg;
    struct scope s;
    struct http_answer ans;
    scope_init(&s, 5000);
    struct http_ask ask = {.method = "POST",
                           .url = url_of(&s, "/x?y=1"),
                           .type = "text/x",
                           .body = "a=b",
                           .user = "me",
                           .password = "pw"};
    cr_assert_eq(await_http(&s, &ask, &ans), OK);
    cr_expect_eq(ans.status, 429);
    cr_expect_eq(ans.retry_after_s, 7);
    cr_expect_eq(ans.length, 13);
    cr_expect_str_eq(ans.type, "application/json");
    cr_expect_str_eq(ans.body, "{\"code\":2042}");
    cr_expect(ans.sent);
    scope_fini(&s);
}

Test(httpc, an_answer_of_any_status_is_an_answer)
{
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* must not be looked at */
    peer_start(serve_limited);
    peer_run(ask_limited);
    peer_stop();
    cr_expect(strncmp(peer_last, "POST /x?y=1 HTTP/1.1\r\n", 22) == 0, "%s", peer_last);
    cr_expect(strstr(peer_last, "\r\nAuthorization: Basic bWU6cHc=\r\n") != NULL);
    cr_expect(strstr(peer_last, "\r\nContent-Type: text/x\r\n") != NULL);
    cr_expect(strstr(peer_last, "\r\nUser-Agent: test/1\r\n") != NULL);
    cr_expect_null(strstr(peer_last, "Expect:"));
    cr_expect_str_eq(strstr(peer_last, "\r\n\r\n"), "\r\n\r\na=b");
}

/* Asks once and says how it ended; the answer's body may live shorter than the caller thinks. */
struct outcome {
    enum err err;
    bool sent;
    int status;
    bool late;
    uint64_t sent_us;
};
static struct http_ask once_ask;
static unsigned once_budget = 20000;
static struct outcome once_out;

static void ask_once(void *arg)
{
    (void)arg;
    struct scope s;
    struct http_answer ans;
    scope_init(&s, once_budget);
    struct http_ask ask = once_ask;
    ask.url = url_of(&s, "/");
    ask.method = "POST";
    enum err e = await_http(&s, &ask, &ans);
    once_out = (struct outcome){e, ans.sent, ans.status, ans.late, ans.sent_us};
    cr_expect((e == OK) == (s.fault.message[0] == 0), "a failure says why");
    scope_fini(&s);
}

static struct outcome once(peer_serve *fn, struct http_ask ask)
{
    once_ask = ask;
    if (fn)
        peer_start(fn);
    peer_run(ask_once);
    if (fn)
        peer_stop();
    return once_out;
}

static void serve_nothing(int fd)
{
    peer_request(fd);
}

Test(httpc, a_peer_that_closes_without_an_answer_may_have_acted)
{
    struct outcome o = once(serve_nothing, (struct http_ask){.body = "x", .never_resend = true});
    cr_expect_eq(o.err, ERR_UPSTREAM);
    cr_expect(o.sent);
    cr_expect_eq(peer_requests, 1);
}

Test(httpc, a_peer_that_is_not_there_was_not_reached)
{
    peer_listen();
    peer_unlisten();
    struct outcome o = once(NULL, (struct http_ask){.body = "x", .never_resend = true});
    cr_expect_eq(o.err, ERR_UPSTREAM);
    cr_expect_not(o.sent);
}

Test(httpc, a_body_waits_for_its_moment)
{
    uint64_t at = clock_us() + 300000;
    struct http_ask ask = {.body = "moment", .body_at_us = at, .body_by_us = at + 20000000};
    struct outcome o = once(serve_limited, ask);
    cr_expect_eq(o.err, OK);
    cr_expect_eq(o.status, 429);
    cr_expect(o.sent);
    cr_expect_geq(o.sent_us, at);
    cr_expect(strstr(peer_last, "\r\n\r\nmoment") != NULL, "%s", peer_last);
}

Test(httpc, a_body_that_missed_its_moment_never_leaves)
{
    uint64_t at = clock_us();
    struct http_ask ask = {.body = "moment", .body_at_us = at, .body_by_us = at};
    struct outcome o = once(serve_limited, ask);
    cr_expect_eq(o.err, ERR_TIMEOUT);
    cr_expect(o.late);
    cr_expect_not(o.sent);
    cr_expect_eq(peer_requests, 0);
}

static struct outcome once_by_tls(struct http_ask ask, bool trusted)
{
    once_ask = ask;
    peer_start(serve_limited);
    tls_port = tls_front_start(peer_port);
    setenv("SSL_CERT_FILE", trusted ? tls_front_ca : "/etc/ssl/certs/ca-certificates.crt", 1);
    peer_run(ask_once);
    tls_front_stop();
    peer_stop();
    return once_out;
}

Test(httpc, https_is_spoken_with_whom_the_authority_of_ssl_cert_file_vouches_for)
{
    struct outcome o = once_by_tls((struct http_ask){.body = "x"}, true);
    cr_expect_eq(o.err, OK);
    cr_expect_eq(o.status, 429);
    cr_expect(strstr(peer_last, "\r\n\r\nx") != NULL, "%s", peer_last);
}

Test(httpc, https_with_a_stranger_says_nothing)
{
    struct outcome o = once_by_tls((struct http_ask){.body = "x", .never_resend = true}, false);
    cr_expect_eq(o.err, ERR_UPSTREAM);
    cr_expect_not(o.sent);
    cr_expect_eq(peer_requests, 0);
}

Test(httpc, a_body_waits_for_its_moment_behind_tls_too)
{
    uint64_t at = clock_us() + 500000;
    struct http_ask ask = {
        .body = "moment", .never_resend = true, .body_at_us = at, .body_by_us = at + 20000000};
    struct outcome o = once_by_tls(ask, true);
    cr_expect_eq(o.err, OK);
    cr_expect_eq(o.status, 429);
    cr_expect_geq(o.sent_us, at);
    cr_expect(strstr(peer_last, "\r\n\r\nmoment") != NULL, "%s", peer_last);
}

static void ask_unknown_host(void *arg)
{
    (void)arg;
    struct scope s;
    struct http_answer ans;
    scope_init(&s, 20000);
    struct http_ask ask = {.url = "http://no-such-host.invalid/"};
    cr_expect_neq(await_http(&s, &ask, &ans), OK);
    cr_expect_not(ans.sent);
    scope_fini(&s);
}

Test(httpc, a_name_that_does_not_resolve_was_not_reached)
{
    peer_run(ask_unknown_host);
}

static void serve_silence(int fd)
{
    peer_request(fd);
    peer_wait_hangup(fd);
}

Test(httpc, a_silent_peer_ends_at_the_total_time)
{
    struct outcome o = once(serve_silence, (struct http_ask){.total_ms = 150});
    cr_expect_eq(o.err, ERR_TIMEOUT);
    cr_expect(o.sent);
    cr_expect_eq(peer_requests, 1);
}

static void call_off(void *arg)
{
    scope_call_off(arg);
}

static void ask_in_vain(void *arg)
{
    (void)arg;
    struct scope s;
    struct http_answer ans;
    scope_init(&s, 20000);
    struct timer *later = timer_after(200, call_off, &s);
    struct http_ask ask = {.method = "GET", .url = url_of(&s, "/")};
    cr_expect_eq(await_http(&s, &ask, &ans), ERR_CLOSING);
    cr_expect(ans.sent);
    cr_expect_eq(await_http(&s, &ask, &ans), ERR_TIMEOUT); /* nothing more is begun */
    timer_cancel(&later);
    scope_fini(&s);
}

Test(httpc, what_is_called_off_ends_at_once_and_the_peer_sees_it)
{
    peer_start(serve_silence);
    peer_run(ask_in_vain);
    peer_stop();
    cr_expect_eq(peer_requests, 1);
    cr_expect_eq(peer_hung_up, 1);
}

Test(httpc, a_silent_peer_ends_at_the_deadline_of_the_scope)
{
    once_budget = 150;
    struct outcome o = once(serve_silence, (struct http_ask){.total_ms = 60000});
    cr_expect_eq(o.err, ERR_TIMEOUT);
}

Test(httpc, without_time_left_nothing_is_sent)
{
    once_budget = 0;
    struct outcome o = once(serve_silence, (struct http_ask){.total_ms = 60000});
    cr_expect_eq(o.err, ERR_TIMEOUT);
    cr_expect_not(o.sent);
    cr_expect_eq(peer_connections, 0);
}

static void serve_half(int fd)
{
    peer_request(fd);
    peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"sid\":");
}

Test(httpc, half_a_body_is_no_answer)
{
    struct outcome o = once(serve_half, (struct http_ask){.never_resend = true});
    cr_expect_eq(o.err, ERR_UPSTREAM);
    cr_expect(o.sent);
}

static void serve_garbage(int fd)
{
    peer_request(fd);
    peer_put(fd, "\x16\x03\x01 this is not HTTP at all\r\n\r\n");
}

Test(httpc, garbage_is_no_answer)
{
    cr_expect_eq(once(serve_garbage, (struct http_ask){.body = "x"}).err, ERR_UPSTREAM);
}

static void serve_drip(int fd)
{
    peer_request(fd);
    peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (peer_put(fd, "x"))
        usleep(5000);
    peer_hung_up++;
}

Test(httpc, a_peer_that_drips_does_not_get_more_time)
{
    cr_expect_eq(once(serve_drip, (struct http_ask){.total_ms = 200}).err, ERR_TIMEOUT);
    cr_expect_eq(peer_hung_up, 1);
}

static void serve_flood(int fd)
{
    peer_request(fd);
    peer_put(fd, "HTTP/1.1 200 OK\r\n\r\n");
    char block[4096];
    memset(block, 'x', sizeof block);
    while (send(fd, block, sizeof block, MSG_NOSIGNAL) > 0)
        ;
    peer_hung_up++;
}

Test(httpc, an_answer_has_a_bound)
{
    cr_expect_eq(once(serve_flood, (struct http_ask){.max_answer = 100000}).err, ERR_TOO_BIG);
    cr_expect_eq(peer_hung_up, 1);
}

Test(httpc, an_answer_larger_than_the_arena_is_refused_too)
{
    once_budget = 20000;
    cr_expect_eq(once(serve_flood, (struct http_ask){.max_answer = 8u << 20}).err, ERR_TOO_BIG);
}

static void serve_redirect(int fd)
{
    while (peer_request(fd))
        peer_put(fd, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
}

Test(httpc, a_redirect_is_not_followed)
{
    struct outcome o = once(serve_redirect, (struct http_ask){.total_ms = 5000});
    cr_expect_eq(o.err, OK);
    cr_expect_eq(o.status, 302);
    cr_expect_eq(peer_requests, 1);
}

Test(httpc, a_line_break_in_a_header_is_refused)
{
    struct outcome o = once(serve_redirect, (struct http_ask){.bearer = "key\r\nX-Evil: 1"});
    cr_expect_eq(o.err, ERR_INVALID);
    cr_expect_not(o.sent);
    cr_expect_eq(peer_connections, 0);
}

/* ---- requests that must not happen twice ---- */

static atomic_int posts;

/* Answers GETs; a POST gets no answer, only a closed connection. */
static void serve_get_only(int fd)
{
    while (peer_request(fd)) {
        if (strncmp(peer_last, "POST", 4) == 0) {
            posts++;
            return;
        }
        peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
}

static void ask_plain(void *arg)
{
    (void)arg;
    struct scope s;
    struct http_answer ans;
    scope_init(&s, 10000);
    struct http_ask get = {.method = "GET", .url = url_of(&s, "/")};
    cr_assert_eq(await_http(&s, &get, &ans), OK);
    struct http_ask post = {.method = "POST", .url = url_of(&s, "/"), .body = "dial"};
    cr_expect_eq(await_http(&s, &post, &ans), ERR_UPSTREAM);
    scope_fini(&s);
}

/* Not what we want, but what libcurl does: this test shows that the next ones would see it. */
Test(httpc, without_never_resend_a_dying_warm_connection_sends_a_post_again)
{
    peer_start(serve_get_only);
    peer_run(ask_plain);
    peer_stop();
    cr_expect_eq(posts, 2);
}

static void ask_warm_twice(void *arg)
{
    (void)arg;
    struct scope s;
    struct http_answer ans;
    scope_init(&s, 10000);
    struct http_ask ask = {
        .method = "POST", .url = url_of(&s, "/"), .body = "dial", .never_resend = true};
    cr_expect_eq(await_http(&s, &ask, &ans), OK);
    cr_expect_eq(await_http(&s, &ask, &ans), ERR_UPSTREAM);
    cr_expect(ans.sent);
    scope_fini(&s);
}

/* The first POST is answered on a connection that would stay open; the second gets no answer. */
static void serve_first_only(int fd)
{
    while (peer_request(fd)) {
        if (++posts == 2)
            return;
        peer_put(fd, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
    }
}

Test(httpc, with_never_resend_a_request_is_seen_once)
{
    peer_start(serve_first_only);
    peer_run(ask_warm_twice);
    peer_stop();
    cr_expect_eq(posts, 2, "two asked for, two seen");
    cr_expect_eq(peer_connections, 2, "each on its own connection");
}

/* ---- streams ---- */

struct listening {
    struct mailbox box;
    struct http_stream *x;
    size_t got, pieces, refuse;
    int heads, ends;
    bool in_order, cancel;
};
enum { EV_HEAD = 1, EV_PIECE, EV_END };

static void on_head(void *arg, int status, const char *type, int64_t length)
{
    struct listening *l = arg;
    (void)type, (void)length;
    l->heads++;
    mailbox_post(&l->box, EV_HEAD, &status, sizeof status);
}

static bool on_piece(void *arg, const char *data, size_t n)
{
    struct listening *l = arg;
    if (l->refuse && l->got >= 1000) {
        l->refuse--;
        mailbox_post(&l->box, EV_PIECE, NULL, 0);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        l->in_order &= data[i] == (char)('a' + (l->got + i) % 26);
    l->got += n;
    l->pieces++;
    if (l->cancel) {
        http_cancel(l->x);
        mailbox_post(&l->box, EV_PIECE, NULL, 0);
    }
    return true;
}

static void on_end(void *arg, enum err e)
{
    struct listening *l = arg;
    l->ends++;
    mailbox_post(&l->box, EV_END, &e, sizeof e);
}

static const struct http_stream_h handlers = {on_head, on_piece, on_end};

static int await_kind(struct listening *l, int *value)
{
    struct event *ev = await_event(&l->box, clock_ms() + 15000);
    cr_assert_not_null(ev);
    int kind = ev->kind;
    if (value && ev->n == sizeof *value)
        memcpy(value, ev->data, sizeof *value);
    event_free(ev);
    return kind;
}

#define ALPHABET_BYTES (4u << 20)

static void serve_alphabet(int fd)
{
    static const char block[26] = "abcdefghijklmnopqrstuvwxyz";
    static char alphabet[ALPHABET_BYTES + 1];
    for (size_t i = 0; i < ALPHABET_BYTES; i++)
        alphabet[i] = block[i % sizeof block];
    peer_request(fd);
    peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n\r\n");
    peer_put(fd, alphabet);
}

/* More than the buffers on the way can hold. */
static void serve_without_end(int fd)
{
    peer_request(fd);
    peer_put(fd, "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n\r\n");
    while (peer_put(fd, "abcdefghijklmnopqrstuvwxyz"))
        ;
    peer_hung_up++;
}

static void listening_init(struct listening *l)
{
    *l = (struct listening){.in_order = true};
    mailbox_init(&l->box, 16);
}

static void stream_with_pauses(void *arg)
{
    (void)arg;
    struct scope s;
    int status = 0, err = -1;
    scope_init(&s, 20000);
    struct listening l;
    listening_init(&l);
    l.refuse = 5;
    struct http_ask ask = {
        .method = "GET", .url = url_of(&s, "/"), .total_ms = 20000, .idle_ms = 10000};
    l.x = http_stream(&ask, &handlers, &l);
    cr_expect_eq(l.heads + l.ends, 0, "nothing happens before http_stream() has returned");
    cr_assert_eq(await_kind(&l, &status), EV_HEAD);
    cr_expect_eq(status, 200);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(await_kind(&l, NULL), EV_PIECE);
        await_sleep(20); /* long enough for the peer to fill every buffer on the way */
        cr_expect_lt(l.got, ALPHABET_BYTES);
        http_resume(l.x);
    }
    cr_assert_eq(await_kind(&l, &err), EV_END);
    cr_expect_eq(err, OK);
    cr_expect_eq(l.got, ALPHABET_BYTES);
    cr_expect(l.in_order, "every byte once, in order");
    mailbox_fini(&l.box);
    scope_fini(&s);
}

Test(httpc, a_paused_stream_goes_on_where_it_was)
{
    peer_start(serve_alphabet);
    peer_run(stream_with_pauses);
    peer_stop();
}

static void stream_canceled(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 20000);
    struct listening l;
    listening_init(&l);
    l.cancel = true;
    struct http_ask ask = {.method = "GET", .url = url_of(&s, "/")};
    l.x = http_stream(&ask, &handlers, &l);
    cr_assert_eq(await_kind(&l, NULL), EV_HEAD);
    cr_assert_eq(await_kind(&l, NULL), EV_PIECE);
    await_sleep(50); /* time for a callback that must not come */
    cr_expect_eq(l.pieces, 1);
    cr_expect_eq(l.ends, 0);
    mailbox_fini(&l.box);
    scope_fini(&s);
}

Test(httpc, canceled_from_inside_a_piece_nothing_comes_any_more)
{
    peer_start(serve_without_end);
    peer_run(stream_canceled);
    peer_stop();
    cr_expect_eq(peer_hung_up, 1, "the peer sees the hang-up");
}

static void stream_canceled_outside(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 20000);
    struct listening l;
    listening_init(&l);
    struct http_ask ask = {.method = "GET", .url = url_of(&s, "/")};
    l.x = http_stream(&ask, &handlers, &l);
    http_cancel(l.x); /* before anything */
    l.x = http_stream(&ask, &handlers, &l);
    cr_assert_eq(await_kind(&l, NULL), EV_HEAD);
    http_cancel(l.x);
    size_t got = l.got;
    await_sleep(50);
    cr_expect_eq(l.got, got);
    cr_expect_eq(l.ends, 0);
    mailbox_fini(&l.box);
    scope_fini(&s);
}

Test(httpc, a_stream_may_be_canceled_at_any_moment)
{
    peer_start(serve_alphabet);
    peer_run(stream_canceled_outside);
    peer_stop();
}

static void serve_stall(int fd)
{
    peer_request(fd);
    peer_put(fd, "HTTP/1.1 200 OK\r\n\r\nabc");
    peer_wait_hangup(fd);
}

static void stream_stalled(void *arg)
{
    (void)arg;
    struct scope s;
    int err = -1;
    scope_init(&s, 20000);
    struct listening l;
    listening_init(&l);
    struct http_ask ask = {
        .method = "GET", .url = url_of(&s, "/"), .idle_ms = 100, .total_ms = 20000};
    l.x = http_stream(&ask, &handlers, &l);
    cr_assert_eq(await_kind(&l, NULL), EV_HEAD);
    cr_assert_eq(await_kind(&l, &err), EV_END);
    cr_expect_eq(err, ERR_TIMEOUT);
    cr_expect_eq(l.got, 3);
    mailbox_fini(&l.box);
    scope_fini(&s);
}

Test(httpc, a_stream_that_stalls_ends_after_its_idle_time)
{
    peer_start(serve_stall);
    peer_run(stream_stalled);
    peer_stop();
    cr_expect_eq(peer_hung_up, 1);
}

static struct listening *nested;

/* Starts a second transfer and cancels the first from inside a callback of the first. */
static bool nest_piece(void *arg, const char *data, size_t n)
{
    struct listening *l = arg;
    (void)data, (void)n;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", peer_port);
    nested->x = http_stream(&(struct http_ask){.method = "GET", .url = url}, &handlers, nested);
    http_cancel(l->x);
    return true;
}

static void stream_nested(void *arg)
{
    (void)arg;
    static const struct http_stream_h nest = {on_head, nest_piece, on_end};
    struct scope s;
    int err = -1;
    scope_init(&s, 20000);
    struct listening first, second;
    listening_init(&first);
    listening_init(&second);
    nested = &second;
    struct http_ask ask = {.method = "GET", .url = url_of(&s, "/")};
    first.x = http_stream(&ask, &nest, &first);
    cr_assert_eq(await_kind(&second, NULL), EV_HEAD);
    cr_assert_eq(await_kind(&second, &err), EV_END);
    cr_expect_eq(err, OK);
    cr_expect_eq(second.got, ALPHABET_BYTES);
    cr_expect_eq(first.ends, 0);
    mailbox_fini(&first.box);
    mailbox_fini(&second.box);
    scope_fini(&s);
}

Test(httpc, a_callback_may_start_and_cancel_transfers)
{
    peer_start(serve_alphabet);
    peer_run(stream_nested);
    peer_stop();
}

static enum err closing_err;

static void ask_while_closing(void *arg)
{
    (void)arg;
    struct scope s;
    struct http_answer ans;
    scope_init(&s, 20000);
    struct http_ask ask = {.url = url_of(&s, "/")};
    closing_err = await_http(&s, &ask, &ans);
    scope_fini(&s);
    loop_stop();
}

static void stop_soon(void *arg)
{
    (void)arg;
    while (!peer_requests)
        await_sleep(5);
    httpc_close();
}

Test(httpc, closing_ends_what_is_in_flight)
{
    peer_start(serve_silence);
    loop_open();
    httpc_open("test/1");
    task_spawn("ask", ask_while_closing, NULL);
    task_spawn("close", stop_soon, NULL);
    loop_run();
    loop_close();
    peer_stop();
    cr_expect_eq(closing_err, ERR_CLOSING);
}

static void serve_ok(int fd)
{
    while (peer_request(fd))
        peer_put(fd, strncmp(peer_last, "HEAD", 4) == 0
                         ? "HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n"
                         : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void ask_warmed(void *arg)
{
    (void)arg;
    struct scope s;
    struct http_answer ans;
    scope_init(&s, 10000);
    http_warm(url_of(&s, "/v1"));
    while (!peer_requests)
        await_sleep(5);
    await_sleep(20); /* for the answer to come back; too early only means a second connection */
    struct http_ask ask = {.url = url_of(&s, "/")};
    cr_expect_eq(await_http(&s, &ask, &ans), OK);
    scope_fini(&s);
}

Test(httpc, a_warmed_connection_is_used)
{
    peer_start(serve_ok);
    peer_run(ask_warmed);
    peer_stop();
    cr_expect_eq(peer_requests, 2);
}

Test(httpc, forms_are_encoded)
{
    struct arena *a = arena_create(4096);
    struct buf b = buf_in(a, 1024);
    form_add(&b, "To", "+15550100");
    form_add(&b, "Absent", NULL);
    form_add(&b, "StartTime>", "2026-01-01");
    form_add(&b, "Say", "a b&c=\u00ed~");
    form_add(&b, "Empty", "");
    cr_expect_str_eq(b.p, "To=%2B15550100&StartTime%3E=2026-01-01&Say=a%20b%26c%3D%C3%AD~&Empty=");
    cr_expect_str_eq(url_encode(a, "/?#\xff"), "%2F%3F%23%FF");
    cr_expect_str_eq(url_encode(a, ""), "");
    arena_destroy(a);
}
