/*
 * libmicrohttpd, external epoll. It calls on_target (request line), on_access (head, pieces of the
 * body, whole, and again after each resume), on_over. While a handler runs, the connection is
 * suspended: MHD then neither times it out nor sees it leave.
 *
 * A resume only marks the connection: somebody has to run the daemon. That is httpd_kick().
 */
#include "io/httpd_impl.h"
#include "base/clock.h"
#include "base/log.h"
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POOL_SIZE    (48u * 1024) /* of a connection, for its heads */
#define STREAM_BLOCK (16 * 1024)

static void park(struct exchange *x)
{
    x->parked = true;
    MHD_suspend_connection(x->wire);
}

static void resume(struct exchange *x)
{
    if (!x->parked)
        return;
    x->parked = false;
    MHD_resume_connection(x->wire);
    httpd_kick(x->httpd);
}

void httpd_wire_wake(struct exchange *x)
{
    if (x->stream_ended && x->conn)
        x->conn->deadline = clock_ms() + SEND_MS;
    resume(x);
}

/* Connections */

static void on_connection(void *arg, struct MHD_Connection *wire, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        *socket_context = httpd_conn_create(
            arg, fd,
            MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
        return;
    }
    struct conn *c = *socket_context;
    if (c->linger)
        httpd_linger(dup(c->fd));
    httpd_kick(c->httpd); /* a place is free: let the daemon accept again */
    httpd_conn_destroy(c);
}

static void *on_target(void *arg, const char *target, struct MHD_Connection *wire)
{
    struct conn *c =
        MHD_get_connection_info(wire, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    return exchange_create(arg, c, wire, target ? target : "");
}

/* Request */

struct collecting {
    struct header headers[HEADERS_COUNT];
    size_t n;
};

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                 size_t name_n, const char *value, size_t value_n)
{
    (void)kind;
    struct collecting *all = arg;
    all->headers[all->n++] = (struct header){name, value ? value : "", name_n, value_n, NULL};
    return all->n < HEADERS_COUNT ? MHD_YES : MHD_NO;
}

static void take_head(struct exchange *x, const char *method, const char *version)
{
    struct collecting all = {.n = 0};
    MHD_get_connection_values_n(x->wire, MHD_HEADER_KIND, on_header, &all);
    struct head head = {
        .method = method,
        .target = x->raw,
        .version = version,
        .target_n = strlen(x->req.target),
        .size =
            MHD_get_connection_info(x->wire, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size,
        .headers = all.headers,
        .n = all.n,
        .laid_out = MHD_VERSION < 0x01000000,
    };
    exchange_head(x, &head);
    x->raw = NULL;
}

/* Answer */

static void add_header(struct MHD_Response *m, struct exchange *x, const char *name,
                       const char *value)
{
    if (MHD_add_response_header(m, name, value) != MHD_YES)
        log_error(&x->req.scope, "http.bug", "what", "a header that cannot be sent", "name", name);
}

static void add_headers(struct MHD_Response *m, struct exchange *x)
{
    if (x->type && *x->type)
        add_header(m, x, "Content-Type", x->type);
    add_header(m, x, "X-Content-Type-Options", "nosniff");
    add_header(m, x, "X-Request-Id", x->req.scope.id);
    for (const struct header *h = x->out_headers; h; h = h->next)
        add_header(m, x, h->name, h->value);
    if (!MHD_get_response_header(m, "Cache-Control"))
        add_header(m, x, "Cache-Control", "no-store");
    if (x->status != SWITCHING && (x->close || x->httpd->quiesced))
        add_header(m, x, "Connection", "close");
}

static ssize_t on_stream_wanted(void *arg, uint64_t at, char *to, size_t max)
{
    (void)at;
    struct exchange *x = OBJ_CAST(struct exchange, arg, EXCHANGE_MAGIC);
    if (x->stream_failed)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = reply_stream_take(x, to, max);
    if (n)
        return (ssize_t)n;
    if (x->stream_ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    park(x);
    return 0;
}

static void on_upgraded(void *arg, struct MHD_Connection *wire, void *context, const char *early,
                        size_t n, int fd, struct MHD_UpgradeResponseHandle *leave)
{
    (void)wire, (void)context;
    struct exchange *x = OBJ_CAST(struct exchange, arg, EXCHANGE_MAGIC);
    x->conn->deadline = 0;
    x->leave = leave;
    list_append(&x->httpd->upgraded, &x->upgraded);
    exchange_forget(x);
    x->upgrade->open(x->upgrade_arg, &x->req, fd, early, n);
}

void req_upgrade_close(struct req *r)
{
    struct exchange *x = EXCHANGE(r);
    struct MHD_UpgradeResponseHandle *leave = x->leave;
    x->upgrade = NULL;
    x->leave = NULL;
    list_remove(&x->upgraded);
    MHD_upgrade_action(leave, MHD_UPGRADE_ACTION_CLOSE);
    httpd_kick(x->httpd);
}

static struct MHD_Response *make_response(struct exchange *x)
{
    if (x->status == SWITCHING)
        return MHD_create_response_for_upgrade(on_upgraded, x);
    if (!x->streaming)
        return MHD_create_response_from_buffer(x->out_n, x->out, MHD_RESPMEM_PERSISTENT);
    uint64_t size = MHD_SIZE_UNKNOWN;
    if (x->stream_total >= 0)
        size = (uint64_t)x->stream_total;
    struct MHD_Response *m =
        MHD_create_response_from_callback(size, STREAM_BLOCK, on_stream_wanted, x, NULL);
    /* Or MHD sends the last chunk of a body that is not there. */
    if (m && strcmp(x->req.method, "HEAD") == 0)
        MHD_set_response_options(m, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
    return m;
}

static enum MHD_Result answer(struct exchange *x)
{
    struct MHD_Response *m = must(make_response(x));
    add_headers(m, x);
    if (!x->streaming || x->stream_ended)
        x->conn->deadline = clock_ms() + SEND_MS;
    enum MHD_Result result = MHD_queue_response(x->wire, (unsigned)x->status, m);
    MHD_destroy_response(m);
    return result;
}

/*
 * In the middle of a body MHD cannot be given an answer. Nothing else is on its way out on this
 * connection, so the answer is written past it, and the connection ends.
 */
static enum MHD_Result cut_short(struct exchange *x)
{
    exchange_whole(x);
    char text[1024];
    int n = snprintf(
        text, sizeof text,
        "HTTP/1.1 %d Refused\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
        "X-Content-Type-Options: nosniff\r\nX-Request-Id: %s\r\nCache-Control: no-store\r\n"
        "Connection: close\r\n\r\n%.*s",
        x->status, x->out_n, x->req.scope.id, (int)x->out_n, x->out);
    if (n > 0 && (size_t)n < sizeof text && send(x->conn->fd, text, (size_t)n, MSG_NOSIGNAL) == n)
        x->conn->linger = true;
    return MHD_NO;
}

/* Dissolving the association resets the connection; a plain close would end it in order. */
static enum MHD_Result cut_off(struct exchange *x)
{
    if (x->cut_reset)
        (void)connect(x->conn->fd, &(struct sockaddr){.sa_family = AF_UNSPEC},
                      sizeof(struct sockaddr));
    return MHD_NO;
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *wire, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *n, void **context)
{
    (void)arg, (void)wire, (void)url;
    struct exchange *x = OBJ_CAST(struct exchange, *context, EXCHANGE_MAGIC);
    if (!x->head_seen) {
        take_head(x, method, version);
        if (!x->refuse_now)
            return MHD_YES;
        x->conn->linger = true;
    } else if (*n) {
        if (!exchange_body(x, data, *n))
            return cut_short(x);
        *n = 0;
        return MHD_YES;
    }
    if (!x->dispatched && x->httpd->closing)
        return MHD_NO;
    if (!x->dispatched)
        exchange_whole(x);
    if (x->answered && x->cut)
        return cut_off(x);
    if (x->answered || x->stream_begun)
        return answer(x);
    park(x);
    return MHD_YES;
}

static void on_over(void *arg, struct MHD_Connection *wire, void **context,
                    enum MHD_RequestTerminationCode why)
{
    (void)arg, (void)wire, (void)why;
    struct exchange *x = *context;
    *context = NULL;
    if (x)
        exchange_over(x);
}

/* Daemon */

__attribute__((format(printf, 2, 0))) static void on_log(void *arg, const char *format, va_list ap)
{
    (void)arg;
    char text[256];
    vsnprintf(text, sizeof text, format, ap);
    text[strcspn(text, "\n")] = 0;
    log_debug(NULL, "http.library", "text", text);
}

bool httpd_wire_open(struct httpd *h, unsigned max_connections)
{
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_ERROR_LOG, 0, NULL,
        NULL, on_access, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET,
        h->listen_fd, MHD_OPTION_NOTIFY_COMPLETED, on_over, h, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, h, MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_CONNECTION_LIMIT,
        max_connections, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)(h->cfg.head_bytes ? h->cfg.head_bytes : POOL_SIZE), MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_END);
    return h->daemon != NULL;
}

int httpd_wire_fd(const struct httpd *h)
{
    return MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

void httpd_wire_run(struct httpd *h)
{
    h->kick = false;
    MHD_run(h->daemon);
}

int64_t httpd_wire_timeout(struct httpd *h)
{
    MHD_UNSIGNED_LONG_LONG ms;
    return MHD_get_timeout(h->daemon, &ms) == MHD_YES ? (int64_t)ms : -1;
}

void httpd_wire_quiesce(struct httpd *h)
{
    MHD_run(h->daemon); /* takes in who already waits in the backlog */
    int fd = MHD_quiesce_daemon(h->daemon);
    if (fd >= 0)
        close(fd);
}

/*
 * The library aborts when an upgraded or suspended connection is left over; so who asks at the last moment, as health
 * checks do, is not begun with.
 */
void httpd_wire_close(struct httpd *h)
{
    h->closing = true;
    for (struct exchange *x; (x = LIST_FIRST(&h->upgraded, struct exchange, upgraded));)
        x->upgrade->over(x->upgrade_arg);
    MHD_run(h->daemon);
    MHD_stop_daemon(h->daemon);
    h->daemon = NULL;
}
