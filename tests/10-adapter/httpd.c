/* A real server in a child process, raw sockets against it. */
#include "base/clock.h"
#include "base/log.h"
#include "io/httpd.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The server */

#define ROLE_ANYONE 1
#define ROLE_NOBODY 2
#define RECEIVE_MS  600

static int gone_pipe[2]; /* a handler tells here that its client has left */
static struct httpd *server;

static enum err echo(struct req *r)
{
    return req_reply_bytes(r, 200, "application/octet-stream", r->body, r->body_n);
}

static enum err show(struct req *r)
{
    char text[1024];
    const char *cookie = req_cookie(r, "session");
    snprintf(text, sizeof text, "method=%s path=%s target=%s cookie=%s trace=%.35s client=%s",
             r->method, r->path, r->target, cookie ? cookie : "-", r->scope.trace, r->client);
    return req_reply(r, 200, text);
}

static enum err item(struct req *r)
{
    return req_reply(r, 200, req_param(r, "id"));
}

static enum err literal(struct req *r)
{
    return req_reply(r, 200, "literal");
}

static enum err rest(struct req *r)
{
    return req_reply(r, 200, req_param(r, "path"));
}

static enum err slow(struct req *r)
{
    await_sleep(200);
    return req_reply(r, 200, "slow");
}

static enum err fails(struct req *r)
{
    return fail(&r->scope, ERR_UNPROCESSABLE, "bad_number", "phone_number", "not a \"number\"");
}

static enum err silent(struct req *r)
{
    (void)r;
    return OK;
}

static enum err twice(struct req *r)
{
    (void)!req_reply(r, 200, "one");
    return req_reply(r, 200, "two");
}

static enum err with_headers(struct req *r)
{
    req_set_header(r, "Cache-Control", "max-age=60");
    req_set_header(r, "Location", "/x");
    return req_reply(r, 201, "{}");
}

#define BIG (16 << 20) /* more than the kernel and our queue hold */
static enum err big_stream(struct req *r)
{
    static char piece[100000];
    memset(piece, 'x', sizeof piece);
    (void)!req_stream(r, 200, "audio/wav", BIG);
    for (size_t left = BIG; left;) {
        size_t n = left < sizeof piece ? left : sizeof piece;
        TRY(await_req_write(r, piece, n));
        left -= n;
    }
    return OK;
}

static enum err drip_stream(struct req *r)
{
    (void)!req_stream(r, 200, "text/event-stream", -1);
    for (int i = 0; i < 3; i++) {
        TRY(await_req_write(r, "tick\n", 5));
        await_sleep(20);
    }
    return OK;
}

static enum err broken_stream(struct req *r)
{
    (void)!req_stream(r, 200, "text/plain", -1);
    TRY(await_req_write(r, "half", 4));
    await_sleep(50);
    return ERR_UPSTREAM;
}

static enum err stream_that_never_began(struct req *r)
{
    (void)!req_stream(r, 200, "text/plain", -1);
    return ERR_UPSTREAM;
}

static enum err endless_stream(struct req *r)
{
    (void)!req_stream(r, 200, "text/plain", -1);
    enum err e = OK;
    while (!e) {
        e = await_req_write(r, "still here\n", 11);
        await_sleep(5);
    }
    dprintf(gone_pipe[1], "%s %d", err_name(e), req_client_gone(r));
    return e;
}

static enum err waits_for_the_client_to_leave(struct req *r)
{
    while (!req_client_gone(r) && clock_left(r->scope.deadline))
        await_sleep(5);
    dprintf(gone_pipe[1], "left");
    return req_reply(r, 200, r->path);
}

static enum err guard(struct req *r)
{
    return r->route->role == ROLE_NOBODY ? ERR_FORBIDDEN : OK;
}

static const struct route routes[] = {
    {"POST", "/echo", ROLE_ANYONE, echo, .max_body = 1000},
    {"GET", "/show", ROLE_ANYONE, show},
    {"GET", "/items/{id}", ROLE_ANYONE, item},
    {"GET", "/items/special", ROLE_ANYONE, literal},
    {"DELETE", "/items/{id}", ROLE_ANYONE, item},
    {"GET", "/files/{path...}", ROLE_ANYONE, rest},
    {"GET", "/slow", ROLE_ANYONE, slow},
    {"GET", "/fails", ROLE_ANYONE, fails},
    {"GET", "/silent", ROLE_ANYONE, silent},
    {"GET", "/twice", ROLE_ANYONE, twice},
    {"GET", "/headers", ROLE_ANYONE, with_headers},
    {"GET", "/big", ROLE_ANYONE, big_stream},
    {"GET", "/drip", ROLE_ANYONE, drip_stream},
    {"GET", "/broken", ROLE_ANYONE, broken_stream},
    {"GET", "/unbegun", ROLE_ANYONE, stream_that_never_began},
    {"GET", "/endless", ROLE_ANYONE, endless_stream},
    {"GET", "/waits", ROLE_ANYONE, waits_for_the_client_to_leave},
    {"GET", "/forbidden", ROLE_NOBODY, show},
};

static void close_when_idle(void *arg)
{
    (void)arg;
    httpd_quiesce(server);
    while (httpd_active(server))
        await_sleep(5);
    httpd_close(server);
    loop_stop();
}

static void on_term(void)
{
    task_spawn("close", close_when_idle, NULL);
}

static void serve(int ready)
{
    log_open("test", "error");
    loop_open();
    loop_on_term(on_term);
    server = httpd_open(&(struct httpd_config){
        .address = "127.0.0.1",
        .routes = routes,
        .n_routes = sizeof routes / sizeof *routes,
        .guard = guard,
        .receive_ms = RECEIVE_MS,
        .max_connections = 40,
        .trusted_proxies = "192.0.2.1, 127.0.0.1,2001:db8::1",
    });
    if (!server)
        exit(1);
    int port = httpd_port(server);
    if (write(ready, &port, sizeof port) != sizeof port)
        exit(1);
    loop_run();
    loop_close();
    exit(0);
}

static pid_t child;
static int port;

static void up(void)
{
    int ready[2];
    cr_assert_eq(pipe(ready), 0);
    cr_assert_eq(pipe(gone_pipe), 0);
    child = fork();
    if (child == 0)
        serve(ready[1]);
    close(ready[1]);
    cr_assert_eq(read(ready[0], &port, sizeof port), sizeof port);
}

static bool told_to_end;

static void tell_to_end(void)
{
    if (!told_to_end)
        kill(child, SIGTERM);
    told_to_end = true;
}

/* Every test ends with a drain: the server must come down by itself, with nothing left over. */
static void down(void)
{
    int status = -1;
    tell_to_end();
    waitpid(child, &status, 0);
    cr_expect_eq(status, 0, "the server ended with %x", status);
}

TestSuite(httpd, .init = up, .fini = down, .timeout = 30);

/* The client */

static int dial(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){10, 0}, sizeof(struct timeval));
    cr_assert_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void put(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static char answer[8192];
static size_t answer_n;

/* Everything until the server closes; the end of the answer stays in `answer`. */
static const char *until_closed(int fd)
{
    answer_n = 0;
    ssize_t n;
    while (answer_n < sizeof answer - 1 &&
           (n = recv(fd, answer + answer_n, sizeof answer - 1 - answer_n, 0)) > 0)
        answer_n += (size_t)n;
    answer[answer_n] = 0;
    close(fd);
    return answer;
}

/* One answer with a Content-Length, on a connection that stays open. */
static const char *one_answer(int fd)
{
    answer_n = 0;
    for (;;) {
        ssize_t n = recv(fd, answer + answer_n, sizeof answer - 1 - answer_n, 0);
        if (n <= 0)
            return answer;
        answer_n += (size_t)n;
        answer[answer_n] = 0;
        char *end = strstr(answer, "\r\n\r\n"), *length = strstr(answer, "Content-Length: ");
        if (end && length &&
            answer_n >= (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10))
            return answer;
    }
}

static const char *ask(const char *request)
{
    int fd = dial();
    put(fd, request);
    return until_closed(fd);
}

#define GET(target) ask("GET " target " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
#define STATUS(a, text)                                                                            \
    cr_expect(strncmp(a, "HTTP/1.1 " text, 12) == 0, "wanted %s, got: %s", text, a)
#define HAS(a, text)     cr_expect(strstr(a, text), "wanted %s in: %s", text, a)
#define HAS_NOT(a, text) cr_expect_not(strstr(a, text), "unexpected %s in: %s", text, a)

static const char *body_of(const char *a)
{
    const char *end = strstr(a, "\r\n\r\n");
    return end ? end + 4 : "";
}

/* Answers */

Test(httpd, answers_with_the_safe_headers)
{
    const char *a = GET("/show");
    STATUS(a, "200");
    HAS(a, "\r\nContent-Type: application/json\r\n");
    HAS(a, "\r\nX-Content-Type-Options: nosniff\r\n");
    HAS(a, "\r\nCache-Control: no-store\r\n");
    HAS(a, "\r\nX-Request-Id: ");
}

Test(httpd, a_handlers_own_headers_win)
{
    const char *a = GET("/headers");
    STATUS(a, "201");
    HAS(a, "\r\nCache-Control: max-age=60\r\n");
    HAS(a, "\r\nLocation: /x\r\n");
    HAS_NOT(a, "no-store");
}

Test(httpd, the_target_is_kept_exactly_as_received)
{
    const char *a = GET("/show?a=%2B1&b=c+d&&%zz");
    HAS(a, "path=/show target=/show?a=%2B1&b=c+d&&%zz ");
    HAS(a, "client=127.0.0.1");
}

Test(httpd, takes_over_the_callers_trace_and_cookie)
{
    const char *a =
        ask("GET /show HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: a=b; session=s1; c=d\r\n"
            "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01\r\n\r\n");
    HAS(a, "trace=00-0123456789abcdef0123456789abcdef");
    HAS(a, "cookie=s1 ");
}

static void expect_client(const char *forwarded, const char *client)
{
    char request[512], wanted[64];
    snprintf(request, sizeof request,
             "GET /show HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", forwarded);
    snprintf(wanted, sizeof wanted, " client=%s", client);
    const char *a = ask(request), *at = strstr(a, " client=");
    cr_assert(at, "%s%s", forwarded, a);
    cr_expect_str_eq(at, wanted, "%s%s", forwarded, at);
}

Test(httpd, behind_a_trusted_proxy_the_client_is_whom_it_names)
{
    expect_client("", "127.0.0.1");
    expect_client("X-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9");
    expect_client("X-Forwarded-For: 1.1.1.1, 203.0.113.9\r\n", "203.0.113.9");
    expect_client("X-Forwarded-For: 1.1.1.1,203.0.113.9 ,192.0.2.1,\t2001:db8:0:0::1\r\n",
                  "203.0.113.9");
    expect_client("x-forwarded-for: 1.1.1.1\r\nX-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9");
    expect_client("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.1\r\n", "203.0.113.9");
    expect_client("X-Forwarded-For: 2001:DB8::2\r\n", "2001:db8::2");
    expect_client("X-Forwarded-For: ::ffff:203.0.113.9\r\n", "203.0.113.9");
    expect_client("X-Forwarded-For: nonsense, 203.0.113.9\r\n", "203.0.113.9");
}

Test(httpd, a_malformed_or_missing_name_is_the_proxy_itself)
{
    static const char *const lists[] = {"",
                                        ",",
                                        "203.0.113.9,",
                                        "unknown",
                                        "203.0.113.9:80",
                                        "[2001:db8::2]",
                                        "203.0.113.9, 203.0.113.999",
                                        "203.0.113.9 1.1.1.1",
                                        "192.0.2.1",
                                        "203.0.113.9, bad, 192.0.2.1"};
    char header[200];
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        snprintf(header, sizeof header, "X-Forwarded-For: %s\r\n", lists[i]);
        expect_client(header, "127.0.0.1");
    }
    expect_client("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: bad\r\n", "127.0.0.1");
}

Test(httpd, a_connection_serves_many_requests_in_order)
{
    int fd = dial();
    put(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    cr_expect_str_eq(body_of(one_answer(fd)), "abc");
    put(fd, "GET /items/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /items/2 HTTP/1.1\r\nHost: "
            "x\r\nConnection: close\r\n\r\n");
    const char *a = until_closed(fd), *first = strstr(a, "\r\n\r\n1"),
               *second = strstr(a, "\r\n\r\n2");
    cr_expect(first && second && first < second, "%s", a);
}

Test(httpd, a_chunked_body_arrives_whole)
{
    const char *a = ask(
        "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    STATUS(a, "200");
    cr_expect_str_eq(body_of(a), "abcde");
}

Test(httpd, head_is_get_without_the_body)
{
    const char *a = ask("HEAD /items/abc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    STATUS(a, "200");
    HAS(a, "Content-Length: 3\r\n");
    cr_expect_str_eq(body_of(a), "");
    a = ask("HEAD /endless HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    STATUS(a, "200");
    cr_expect_str_eq(body_of(a), "");
}

/* Routes */

Test(httpd, parameters_are_decoded_and_a_literal_beats_them)
{
    cr_expect_str_eq(body_of(GET("/items/a%20b%2Fc")), "a b/c");
    cr_expect_str_eq(body_of(GET("/items/special")), "literal");
    cr_expect_str_eq(body_of(GET("/files/css/a.css?v=1")), "css/a.css");
}

Test(httpd, a_broken_or_climbing_path_is_400)
{
    STATUS(GET("/items/%zz"), "400");
    STATUS(GET("/items/a%00b"), "400");
    STATUS(GET("/files/../etc/passwd"), "400");
    STATUS(GET("/files/a/%2e%2E/b"), "400");
}

Test(httpd, an_unknown_path_is_404)
{
    const char *a = GET("/nowhere");
    STATUS(a, "404");
    HAS(a, "{\"error\":{\"code\":\"not_found\",\"message\":\"no such path\"}}");
    STATUS(GET("/items/"), "404");
    STATUS(GET("/items/1/"), "404");
    STATUS(GET("/item%73/1"), "404");
}

Test(httpd, a_wrong_method_is_405_and_tells_the_right_ones)
{
    const char *a = ask("PUT /items/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    STATUS(a, "405");
    HAS(a, "\r\nAllow: GET, HEAD, DELETE\r\n");
    STATUS(ask("OPTIONS /items/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "405");
    STATUS(ask("BREW /show HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "405");
    STATUS(ask("DELETE /items/special HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "200");
}

/* Errors of handlers */

Test(httpd, a_handlers_error_names_code_message_and_field)
{
    const char *a = GET("/fails");
    STATUS(a, "422");
    cr_expect_str_eq(body_of(a),
                     "{\"error\":{\"code\":\"bad_number\",\"message\":\"not a \\\"number\\\"\","
                     "\"field\":\"phone_number\"}}");
}

Test(httpd, the_guard_decides_before_the_handler)
{
    STATUS(GET("/forbidden"), "403");
}

Test(httpd, no_reply_and_two_replies_are_bugs)
{
    STATUS(GET("/silent"), "500");
    STATUS(GET("/twice"), "500");
}

/* The edge */

Test(httpd, ambiguous_requests_are_400_and_the_connection_ends)
{
    static const char *const bad[] = {
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /show HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /show HTTP/1.1\r\n\r\n",
        "GET /show HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET /show HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n",
        "GET /show HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
        "GET /show HTTP/1.1\nHost: x\n\n",
        "GET /show HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n",
        "GET /sh ow HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://x/show HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *a = ask(bad[i]);
        cr_expect(strncmp(a + 8, " 400", 4) == 0, "%zu: %s -> %s", i, bad[i], a);
    }
}

static const char *ask_bytes(const char *p, size_t n)
{
    int fd = dial();
    cr_assert_eq(send(fd, p, n, MSG_NOSIGNAL), n);
    return until_closed(fd);
}
#define ASK_BYTES(literal_) ask_bytes(literal_, sizeof literal_ - 1)

Test(httpd, a_nul_anywhere_in_the_head_is_400)
{
    STATUS(ASK_BYTES("GET /show HTTP/1.1\r\nHost: x\0y\r\n\r\n"), "400");
    STATUS(ASK_BYTES("GET /show HTTP/1.1\r\nHost: x\r\nA: b\0\r\nC: d\r\n\r\n"), "400");
    STATUS(ASK_BYTES("GET /show HTTP/1.1\r\nA: b\0c\r\nHost: x\r\n\r\n"), "400");
    STATUS(ASK_BYTES("GET /sh\0ow HTTP/1.1\r\nHost: x\r\n\r\n"), "400");
    STATUS(ASK_BYTES("GET\0 /show HTTP/1.1\r\nHost: x\r\n\r\n"), "400");
}

Test(httpd, errors_of_the_edge_are_json)
{
    const char *a = ask("GET /show HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n");
    HAS(a, "Connection: close\r\n");
    HAS(a, "{\"error\":{\"code\":\"invalid_request\",\"message\":\"more than one Host\"}}");
}

static const char *ask_padded(const char *before, size_t n, const char *after)
{
    char *text = malloc(strlen(before) + n + strlen(after) + 1);
    sprintf(text, "%s%*s%s", before, (int)n, "", after);
    for (char *p = text + strlen(before); *p == ' ' && n--; p++)
        *p = 'a';
    const char *a = ask(text);
    free(text);
    return a;
}

Test(httpd, an_address_over_8_kib_is_414_and_headers_over_16_kib_are_431)
{
    STATUS(ask_padded("GET /items/", 8100, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
           "200");
    STATUS(ask_padded("GET /items/", 8300, " HTTP/1.1\r\nHost: x\r\n\r\n"), "414");
    STATUS(ask_padded("GET /items/", 200000, " HTTP/1.1\r\nHost: x\r\n\r\n"), "414");
    STATUS(ask_padded("GET /show HTTP/1.1\r\nHost: x\r\nA: ", 17000, "\r\n\r\n"), "431");
    STATUS(ask_padded("GET /show HTTP/1.1\r\nHost: x\r\nA: ", 200000, "\r\n\r\n"), "431");
}

Test(httpd, a_body_over_the_limit_is_refused_by_its_announced_length)
{
    const char *a = ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
    STATUS(a, "413");
    HAS(a, "\"too_big\"");
    STATUS(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
           "413");
    STATUS(ask_padded("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", 1001, ""),
           "413");
    STATUS(
        ask_padded(
            "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n",
            1000, ""),
        "200");
}

Test(httpd, a_chunked_body_over_the_limit_is_refused_while_it_still_comes)
{
    int fd = dial();
    put(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    static char chunk[512];
    memset(chunk, 'a', sizeof chunk);
    for (int i = 0; i < 3; i++) {
        put(fd, "200\r\n");
        cr_assert_eq(send(fd, chunk, sizeof chunk, MSG_NOSIGNAL), sizeof chunk);
        put(fd, "\r\n");
    }
    const char *a = until_closed(fd);
    STATUS(a, "413");
    HAS(a, "\"too_big\"");
}

Test(httpd, a_request_that_drips_in_is_cut)
{
    int fd = dial();
    uint64_t began = clock_ms();
    put(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, 50) == 0 && clock_ms() - began < 20000)
        put(fd, "x"); /* never idle, never done */
    cr_expect_eq(recv(fd, answer, sizeof answer, 0) <= 0, 1);
    cr_expect_geq(clock_ms() - began, RECEIVE_MS - 10);
    close(fd);
}

Test(httpd, a_head_that_never_ends_is_cut_and_others_are_served_meanwhile)
{
    int idle[20];
    for (int i = 0; i < 20; i++) {
        idle[i] = dial();
        put(idle[i], "GET /show HT");
    }
    STATUS(GET("/show"), "200");
    for (int i = 0; i < 20; i++)
        cr_expect_str_eq(until_closed(idle[i]), "");
}

Test(httpd, too_many_connections_are_told_so)
{
    int held[40];
    for (int i = 0; i < 40; i++)
        held[i] = dial();
    put(held[39], "GET /items/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    STATUS(one_answer(held[39]), "200");
    const char *a = GET("/show");
    STATUS(a, "503");
    HAS(a, "\r\nRetry-After: 1\r\n");
    for (int i = 0; i < 40; i++)
        close(held[i]);
}

/* Streams and leaving */

Test(httpd, a_long_stream_arrives_whole_though_the_queue_is_short)
{
    int fd = dial();
    put(fd, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    static char sink[16384];
    size_t total = 0, xs = 0;
    ssize_t n;
    while ((n = recv(fd, sink, sizeof sink, 0)) > 0) {
        total += (size_t)n;
        for (ssize_t i = 0; i < n; i++)
            xs += sink[i] == 'x';
    }
    close(fd);
    cr_expect_geq(xs, BIG);
    cr_expect_lt(total, BIG + 1000);
}

Test(httpd, a_stream_of_unknown_length_is_chunked_and_ends_properly)
{
    const char *a = GET("/drip");
    HAS(a, "Transfer-Encoding: chunked");
    HAS(a, "5\r\ntick\n\r\n");
    HAS(a, "\r\n0\r\n\r\n");
}

Test(httpd, a_stream_that_fails_is_cut_without_a_proper_end)
{
    const char *a = GET("/broken");
    HAS(a, "half");
    HAS_NOT(a, "\r\n0\r\n\r\n");
    STATUS(GET("/unbegun"), "502");
}

static const char *told(void)
{
    ssize_t n = read(gone_pipe[0], answer, sizeof answer - 1);
    answer[n < 0 ? 0 : n] = 0;
    return answer;
}

Test(httpd, a_stream_learns_that_its_client_has_left)
{
    int fd = dial();
    put(fd, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_expect_gt(recv(fd, answer, sizeof answer, 0), 0);
    close(fd);
    cr_expect_str_eq(told(), "CLOSING 1");
}

Test(httpd, a_request_outlives_the_client_that_left_while_it_was_handled)
{
    int fd = dial();
    put(fd, "GET /waits HTTP/1.1\r\nHost: x\r\n\r\n");
    shutdown(fd, SHUT_WR);
    cr_expect_str_eq(told(), "left");
    close(fd);
    STATUS(GET("/show"), "200");
}

Test(httpd, drains_without_failing_what_is_in_progress)
{
    int busy = dial(), idle = dial();
    put(idle, "GET /items/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    one_answer(idle);
    put(busy, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    tell_to_end();
    put(idle, "GET /items/2 HTTP/1.1\r\nHost: x\r\n\r\n");
    const char *a = until_closed(idle);
    STATUS(a, "200");
    a = until_closed(busy);
    STATUS(a, "200");
    HAS(a, "Connection: close");
}

/* Health checks go on to the end: one that comes while the server closes must not end the process. */
static void close_beside_a_request(void *arg)
{
    (void)arg;
    int asking = dial();
    for (int turns = 0; turns < 3; turns++) /* the connection is taken in */
        await_sleep(5);
    put(asking, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    httpd_close(server);
    loop_stop();
}

static void serve_until_it_closes(void)
{
    log_open("test", "error");
    loop_open();
    server = httpd_open(&(struct httpd_config){
        .address = "127.0.0.1", .routes = routes, .n_routes = sizeof routes / sizeof *routes});
    port = httpd_port(server);
    task_spawn("close", close_beside_a_request, NULL);
    loop_run();
    loop_close();
    exit(0);
}

Test(httpd_close, leaves_alone_who_asks_at_the_last_moment, .timeout = 30)
{
    int status = -1;
    child = fork();
    if (child == 0)
        serve_until_it_closes();
    waitpid(child, &status, 0);
    cr_expect_eq(status, 0, "the server ended with %x", status);
}
