/* Both ends of a WebSocket: our server in a child process with raw sockets against it, our client against it and
 * against peers that misbehave. */
#include "base/clock.h"
#include "base/log.h"
#include "io/httpd.h"
#include "io/ws.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "world_peer.h"
#include "world_tls.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the server: says back what it hears ---- */

#define MESSAGE_MAX 70000
#define QUEUE_MAX   100000
#define IDLE_MS     2000

static struct httpd *server;
static int told_pipe[2]; /* how each connection ended */

struct echo {
    struct ws *ws;
};

static void on_open(void *arg)
{
    (void)arg;
}

static void flood(struct echo *e)
{
    static char piece[10000];
    memset(piece, 'x', sizeof piece);
    while (ws_send(e->ws, piece, sizeof piece) == OK)
        ;
}

static void on_text(void *arg, const char *p, size_t n)
{
    struct echo *e = arg;
    if (strcmp(p, "flood") == 0)
        flood(e);
    else if (strcmp(p, "end") == 0) {
        ws_close(e->ws, WS_NORMAL, "as asked");
        free(e);
    } else
        cr_assert_eq(ws_send(e->ws, p, n), OK);
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    dprintf(told_pipe[1], "%u %s\n", code, why);
    free(arg);
}

static const struct ws_h echo_h = {on_open, on_text, on_closed};

static enum err echo(struct req *r)
{
    struct echo *e = calloc(1, sizeof *e);
    const struct ws_limits limits = {
        .message_max = MESSAGE_MAX, .queue_max = QUEUE_MAX, .idle_ms = IDLE_MS};
    enum err err = ws_accept(r, &limits, &echo_h, e, &e->ws);
    if (err)
        free(e);
    return err;
}

static enum err active(struct req *r)
{
    return req_reply(r, 200, httpd_active(server) == 1 ? "alone" : "others");
}

static const struct route routes[] = {
    {"GET", "/echo", 1, echo},
    {"GET", "/active", 1, active},
};

static void on_term(void)
{
    httpd_quiesce(server);
    httpd_close(server);
    loop_stop();
}

static void serve(int ready)
{
    log_open("test", "error");
    loop_open();
    loop_on_term(on_term);
    server = httpd_open(&(struct httpd_config){
        .address = "127.0.0.1", .routes = routes, .n_routes = 2, .receive_ms = 1000});
    int port = server ? httpd_port(server) : 0;
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
    cr_assert_eq(pipe(told_pipe), 0);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(ready[1]);
    }
    close(ready[1]);
    cr_assert_eq(read(ready[0], &port, sizeof port), sizeof port);
}

static bool told_to_end; /* a second signal would be the end at once */

static void tell_to_end(void)
{
    if (!told_to_end)
        kill(child, SIGTERM);
    told_to_end = true;
}

static void down(void)
{
    int status = -1;
    tell_to_end();
    waitpid(child, &status, 0);
    cr_expect_eq(status, 0, "the server ended with %x", status);
}

TestSuite(ws_server, .init = up, .fini = down, .timeout = 60);
TestSuite(ws, .init = up, .fini = down, .timeout = 60);

/* How the server saw a connection end. */
static const char *told(void)
{
    static char line[256];
    size_t n = 0;
    while (n < sizeof line - 1 && read(told_pipe[0], line + n, 1) == 1 && line[n] != '\n')
        n++;
    line[n] = 0;
    return line;
}

/* ---- a client by hand ---- */

static int dial(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){30, 0}, sizeof(struct timeval));
    cr_assert_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void put(int fd, const void *p, size_t n)
{
    cr_assert_eq(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void take(int fd, void *p, size_t n)
{
    cr_assert_eq(recv(fd, p, n, MSG_WAITALL), (ssize_t)n);
}

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UPGRADE                                                                                    \
    "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"                                      \
    "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n" KEY "\r\n"

/* A masked frame, its mask zero. */
static size_t frame(char *to, int first, const char *p, size_t n)
{
    size_t at = 0;
    to[at++] = (char)first;
    if (n < 126) {
        to[at++] = (char)(0x80 | n);
    } else {
        to[at++] = (char)(0x80 | 126);
        to[at++] = (char)(n >> 8);
        to[at++] = (char)n;
    }
    memset(to + at, 0, 4);
    memcpy(to + at + 4, p, n);
    return at + 4 + n;
}

static void put_frame(int fd, int first, const char *p, size_t n)
{
    char *bytes = malloc(n + 8);
    put(fd, bytes, frame(bytes, first, p, n));
    free(bytes);
}

/* Its head, up to the empty line. */
static const char *answer_head(int fd)
{
    static char head[4096];
    size_t n = 0;
    while (n < sizeof head - 1 && recv(fd, head + n, 1, 0) == 1) {
        head[++n] = 0;
        if (strstr(head, "\r\n\r\n"))
            break;
    }
    return head;
}

static int open_by_hand(void)
{
    int fd = dial();
    put(fd, UPGRADE, strlen(UPGRADE));
    cr_assert(strncmp(answer_head(fd), "HTTP/1.1 101 ", 13) == 0);
    return fd;
}

/* One small frame: its first byte; the payload stays in `payload`. */
static char payload[128];
static size_t payload_n;

static int take_frame(int fd)
{
    unsigned char head[2];
    take(fd, head, 2);
    payload_n = head[1];
    cr_assert(payload_n < 126);
    take(fd, payload, payload_n);
    payload[payload_n] = 0;
    return head[0];
}

static void expect_text(int fd, const char *text)
{
    cr_assert_eq(take_frame(fd), 0x81);
    cr_expect_str_eq(payload, text);
}

static void expect_close(int fd, int code)
{
    cr_assert_eq(take_frame(fd), 0x88);
    cr_assert(payload_n >= 2);
    cr_expect_eq((unsigned char)payload[0] << 8 | (unsigned char)payload[1], code);
}

Test(ws_server, answers_the_key_and_what_came_with_the_request)
{
    char bytes[512] = UPGRADE;
    size_t n = strlen(bytes);
    n += frame(bytes + n, 0x81, "at once", 7);
    int fd = dial();
    put(fd, bytes, n);
    const char *head = answer_head(fd);
    cr_expect(strncmp(head, "HTTP/1.1 101 ", 13) == 0, "%s", head);
    cr_expect(strstr(head, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "%s",
              head);
    cr_expect(strstr(head, "\r\nUpgrade: websocket\r\n"), "%s", head);
    cr_expect_null(strstr(head, "close"));
    expect_text(fd, "at once");
    close(fd);
}

static void expect_refusal(const char *lines, const char *field)
{
    char request[512];
    snprintf(request, sizeof request, "GET /echo HTTP/1.1\r\nHost: x\r\n%s\r\n", lines);
    int fd = dial();
    put(fd, request, strlen(request));
    const char *head = answer_head(fd);
    cr_expect(strncmp(head, "HTTP/1.1 400 ", 13) == 0, "%s: %s", lines, head);
    char body[512] = "";
    (void)!recv(fd, body, sizeof body - 1, 0);
    cr_expect(strstr(body, field), "%s: %s", lines, body);
    close(fd);
}

#define ASKS "Connection: Upgrade\r\nUpgrade: websocket\r\n"
Test(ws_server, says_what_a_request_lacks)
{
    expect_refusal("", "\"Upgrade\"");
    expect_refusal("Connection: Upgrade\r\nUpgrade: h2c\r\n", "\"Upgrade\"");
    expect_refusal("Connection: upgraded\r\nUpgrade: websocket\r\n", "\"Upgrade\"");
    expect_refusal(ASKS KEY, "\"Sec-WebSocket-Version\"");
    expect_refusal(ASKS KEY "Sec-WebSocket-Version: 8\r\n", "\"Sec-WebSocket-Version\"");
    expect_refusal(ASKS "Sec-WebSocket-Version: 13\r\n", "\"Sec-WebSocket-Key\"");
    expect_refusal(ASKS "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n",
                   "\"Sec-WebSocket-Key\"");
}

Test(ws_server, joins_fragments_and_answers_a_ping_between_them)
{
    int fd = open_by_hand();
    put_frame(fd, 0x01, "in ", 3);
    put_frame(fd, 0x89, "there?", 6);
    put_frame(fd, 0x00, "three ", 6);
    put_frame(fd, 0x80, "parts", 5);
    cr_assert_eq(take_frame(fd), 0x8a);
    cr_expect_str_eq(payload, "there?");
    expect_text(fd, "in three parts");
    put_frame(fd, 0x81, "", 0);
    expect_text(fd, "");
    close(fd);
    cr_expect(strncmp(told(), "1006 ", 5) == 0, "a bare close is a loss");
}

static void expect_broken(const void *p, size_t n, int code)
{
    char begin[8];
    int fd = open_by_hand();
    put(fd, p, n);
    expect_close(fd, code);
    snprintf(begin, sizeof begin, "%d ", code);
    cr_expect(strncmp(told(), begin, 5) == 0);
    close(fd);
}

Test(ws_server, closes_who_breaks_a_rule_with_its_code)
{
    char bytes[64];
    expect_broken("\x81\x02hi", 4, WS_PROTOCOL); /* a client must mask */
    expect_broken(bytes, frame(bytes, 0xc1, "hi", 2), WS_PROTOCOL);
    expect_broken(bytes, frame(bytes, 0x83, "hi", 2), WS_PROTOCOL);
    expect_broken(bytes, frame(bytes, 0x80, "the rest of none", 16), WS_PROTOCOL);
    expect_broken(bytes, frame(bytes, 0x82, "hi", 2), WS_UNSUPPORTED);
    expect_broken(bytes, frame(bytes, 0x81, "caf\xc3", 4), WS_NOT_UTF8);
    expect_broken(bytes, frame(bytes, 0x81, "0123456\xed\xa0\x80", 10), WS_NOT_UTF8);
    size_t n = frame(bytes, 0x01, "one", 3);
    expect_broken(bytes, n + frame(bytes + n, 0x81, "another", 7), WS_PROTOCOL);
    /* Its length alone is too much: nothing of it is waited for. */
    expect_broken("\x81\xff\0\0\0\0\x10\0\0\0\0\0\0\0x", 15, WS_TOO_BIG);
}

Test(ws_server, answers_a_close_and_gives_the_connection_back)
{
    int fd = open_by_hand();
    put_frame(fd, 0x88, "\x03\xe9off home", 10);
    expect_close(fd, WS_GOING_AWAY);
    cr_expect_eq(recv(fd, payload, 1, 0), 0, "the connection ends");
    cr_expect_str_eq(told(), "1001 off home");
    close(fd);
    fd = dial();
    put(fd, "GET /active HTTP/1.1\r\nHost: x\r\n\r\n", 34);
    (void)answer_head(fd);
    take(fd, payload, 5);
    cr_expect(strncmp(payload, "alone", 5) == 0);
    close(fd);
}

Test(ws_server, says_goodbye_and_is_gone_for_its_owner)
{
    int fd = open_by_hand();
    put_frame(fd, 0x81, "end", 3);
    expect_close(fd, WS_NORMAL);
    cr_expect(strstr(payload + 2, "as asked"));
    put_frame(fd, 0x81, "too late", 8);
    put_frame(fd, 0x88, "\x03\xe8", 2);
    cr_expect_eq(recv(fd, payload, 1, 0), 0, "nothing more comes");
    close(fd);
}

Test(ws_server, a_reader_that_stands_still_is_not_waited_for)
{
    int fd = open_by_hand();
    put_frame(fd, 0x81, "flood", 5);
    cr_expect_str_eq(told(), "1006 write: the outbound queue is over its bound");
    close(fd);
}

Test(ws_server, a_silent_client_is_pinged_and_then_given_up)
{
    int fd = open_by_hand();
    cr_expect_eq(take_frame(fd), 0x89);
    cr_expect_str_eq(told(), "1006 nothing was heard of the peer");
    close(fd);
}

Test(ws_server, tells_who_is_connected_that_it_ends)
{
    int fd = open_by_hand();
    tell_to_end();
    expect_close(fd, WS_GOING_AWAY);
    cr_expect_str_eq(told(), "1001 the server ends");
    close(fd);
}

/* ---- our client ---- */

#define MANY 2000
static struct client {
    struct ws *ws;
    struct wait *wait;
    bool opened;
    int got;
    size_t bytes;
    bool in_order;
    unsigned code;
    char why[128];
} client;

static void on_client_open(void *arg)
{
    struct client *c = arg;
    c->opened = true;
    c->in_order = true;
    char text[64];
    for (int i = 0; i < MANY; i++)
        cr_assert_eq(ws_send(c->ws, text, (size_t)snprintf(text, sizeof text, "%d", i)), OK);
    char *big = malloc(MESSAGE_MAX);
    memset(big, 'b', MESSAGE_MAX);
    cr_assert_eq(ws_send(c->ws, big, MESSAGE_MAX), OK);
    free(big);
}

static void on_client_text(void *arg, const char *p, size_t n)
{
    struct client *c = arg;
    c->bytes += n;
    if (c->got < MANY)
        c->in_order &= atoi(p) == c->got;
    if (++c->got == MANY + 1)
        cr_assert_eq(ws_send(c->ws, "end", 3), OK);
}

static void on_client_closed(void *arg, unsigned code, const char *why)
{
    struct client *c = arg;
    c->code = code;
    snprintf(c->why, sizeof c->why, "%s", why);
    wait_settle(c->wait);
}

static const struct ws_h client_h = {on_client_open, on_client_text, on_client_closed};
static const char *client_url, *client_ca;

static void await_client(void *arg)
{
    (void)arg;
    struct wait w = WAIT_HERE;
    static const char *const headers[] = {"Authorization: Bearer secret", "X-Other: 1", NULL};
    const struct ws_limits limits = {.message_max = MESSAGE_MAX};
    client = (struct client){.wait = &w};
    client.ws = ws_connect(
        &(struct ws_to){
            .url = client_url, .ca_file = client_ca, .headers = headers, .open_ms = 2000},
        &limits, &client_h, &client);
    await_wait(&w);
}

static void connect_to(int to, const char *path)
{
    char url[128];
    snprintf(url, sizeof url, "ws://127.0.0.1:%d%s", to, path);
    client_url = url;
    peer_run(await_client);
}

Test(ws, both_ends_understand_each_other)
{
    connect_to(port, "/echo");
    cr_expect_eq(client.got, MANY + 1);
    cr_expect(client.in_order);
    cr_expect_eq(client.code, WS_NORMAL);
    cr_expect_str_eq(client.why, "as asked");
}

Test(ws, a_server_that_would_not_is_told_by_its_status)
{
    connect_to(port, "/active");
    cr_expect_not(client.opened);
    cr_expect_eq(client.code, 200);
    connect_to(port, "/nowhere");
    cr_expect_eq(client.code, 404);
}

static void connect_by_tls(const char *host, const char *ca_file)
{
    char url[128];
    snprintf(url, sizeof url, "wss://%s:%d/echo", host, tls_front_start(port));
    client_url = url;
    client_ca = ca_file;
    peer_run(await_client);
    tls_front_stop();
}

Test(ws, both_ends_understand_each_other_through_tls)
{
    connect_by_tls("127.0.0.1", tls_front_ca);
    cr_expect_eq(client.got, MANY + 1, "%s", client.why);
    cr_expect(client.in_order);
    cr_expect_eq(client.code, WS_NORMAL);
}

Test(ws, a_server_that_is_not_who_it_should_be_is_told_nothing)
{
    connect_by_tls("127.0.0.1", NULL);
    cr_expect_not(client.opened);
    cr_expect(strstr(client.why, "certificate"), "%s", client.why);
    connect_by_tls("localhost", tls_front_ca);
    cr_expect_not(client.opened);
    cr_expect(strstr(client.why, "mismatch"), "%s", client.why);
}

TestSuite(ws_client, .timeout = 60);

static void with_peer(peer_serve *serve_it)
{
    peer_start(serve_it);
    connect_to(peer_port, "/a?b=c");
    peer_stop();
}

static void serve_a_wrong_accept(int fd)
{
    if (peer_request(fd))
        peer_put(fd, "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    peer_wait_hangup(fd);
}

Test(ws_client, believes_no_wrong_accept_and_asks_as_it_should)
{
    with_peer(serve_a_wrong_accept);
    cr_expect_not(client.opened);
    cr_expect_eq(client.code, WS_PROTOCOL);
    cr_expect_eq(strstr(peer_last, "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:"), peer_last, "%s",
                 peer_last);
    cr_expect(strstr(peer_last, "\r\nAuthorization: Bearer secret\r\nX-Other: 1\r\n"), "%s",
              peer_last);
    cr_expect(strstr(peer_last, "\r\nSec-WebSocket-Version: 13\r\n"), "%s", peer_last);
}

static void serve_nonsense(int fd)
{
    if (peer_request(fd))
        peer_put(fd, "220 mail.example.com ESMTP\r\n\r\n");
    peer_wait_hangup(fd);
}

Test(ws_client, knows_what_is_no_http)
{
    with_peer(serve_nonsense);
    cr_expect_eq(client.code, WS_PROTOCOL);
    cr_expect(strstr(client.why, "not HTTP"), "%s", client.why);
}

static void serve_silence(int fd)
{
    peer_request(fd);
    peer_wait_hangup(fd);
}

Test(ws_client, has_a_deadline_for_opening)
{
    with_peer(serve_silence);
    cr_expect_eq(client.code, WS_LOST);
    cr_expect_str_eq(client.why, "it was not open in time");
}

static void serve_endless_head(int fd)
{
    if (peer_request(fd) && peer_put(fd, "HTTP/1.1 101 Yes\r\n"))
        while (peer_put(fd, "X-More: and more and more\r\n"))
            ;
}

Test(ws_client, takes_no_endless_head)
{
    with_peer(serve_endless_head);
    cr_expect_eq(client.code, WS_PROTOCOL);
}

Test(ws_client, says_when_nobody_is_there_or_the_url_is_none)
{
    connect_to(1, "/");
    cr_expect_eq(client.code, WS_LOST);
    cr_expect_str_eq(client.why, "connection refused");
    client_url = "https://example.com/";
    peer_run(await_client);
    cr_expect_str_eq(client.why, "not a ws:// or wss:// URL");
}
