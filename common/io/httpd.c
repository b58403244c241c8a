#include "io/httpd_impl.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/address.h"
#include "loop/loop.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HTTPD_MAGIC 0x48545044
#define BACKLOG     1024
#define SURPLUS     64 /* connections over the maximum that are still told 503 */
#define SPARE_FDS   64 /* descriptors left to everything else in the process */
#define REAP_MS     1000
#define CLOSING_MS  300 /* a request may be on its way on an idle connection when we quiesce */

/* Connections */

static void name_peer(const struct sockaddr *peer, char out[INET6_ADDRSTRLEN])
{
    if (peer->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)peer)->sin6_addr, out, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, out, INET6_ADDRSTRLEN);
}

struct conn *httpd_conn_create(struct httpd *h, int fd, const struct sockaddr *peer)
{
    struct conn *c = must(calloc(1, sizeof *c));
    c->httpd = h;
    c->fd = fd;
    c->deadline = clock_ms() + h->cfg.receive_ms;
    c->surplus = ++h->n_conns > h->cfg.max_connections;
    name_peer(peer, c->client);
    list_append(&h->conns, &c->link);
    return c;
}

void httpd_conn_destroy(struct conn *c)
{
    c->httpd->n_conns--;
    list_remove(&c->link);
    free(c);
}

/* The library's own timeout starts anew with every byte; this one does not. */
static void on_reap(uv_timer_t *t)
{
    struct httpd *h = OBJ_CAST(struct httpd, t->data, HTTPD_MAGIC);
    uint64_t now = clock_ms();
    struct conn *c;
    LIST_EACH(c, &h->conns, struct conn, link) {
        if (!c->deadline || now < c->deadline)
            continue;
        c->deadline = 0;
        shutdown(c->fd, SHUT_RDWR); /* the library sees the end and closes */
        metric_add("va_http_cut_total", "", 1);
    }
}

/* Turns of the loop */

void httpd_kick(struct httpd *h)
{
    h->kick = true;
}

static void on_traffic(uv_poll_t *p, int status, int events)
{
    (void)status, (void)events;
    httpd_wire_run(OBJ_CAST(struct httpd, p->data, HTTPD_MAGIC));
}

static void on_wake(uv_timer_t *t)
{
    httpd_wire_run(OBJ_CAST(struct httpd, t->data, HTTPD_MAGIC));
}

static void on_flush(void *arg)
{
    struct httpd *h = OBJ_CAST(struct httpd, arg, HTTPD_MAGIC);
    if (h->kick)
        httpd_wire_run(h);
}

/*
 * Running the wire may have spawned tasks or resumed connections, and ready tasks do not run again
 * before the loop sleeps: so it must not sleep then.
 */
static void on_arm(void *arg)
{
    struct httpd *h = OBJ_CAST(struct httpd, arg, HTTPD_MAGIC);
    int64_t ms = h->kick || h->woke ? 0 : httpd_wire_timeout(h);
    h->woke = false;
    if (ms < 0)
        uv_timer_stop(&h->wake);
    else
        uv_timer_start(&h->wake, on_wake, (uint64_t)ms, 0);
}

/* Opening */

static bool parse_address(const char *text, int port, struct sockaddr_storage *out, socklen_t *n)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *n = sizeof *v4;
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    *n = sizeof *v6;
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1;
}

static int port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    CHECK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

/* The listening socket, or -1 with errno. */
static int listen_on(const char *address, int port)
{
    struct sockaddr_storage a;
    socklen_t n;
    if (!parse_address(address, port, &a, &n)) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* Never more connections than descriptors: an exhausted table would stop everything else. */
static unsigned affordable(unsigned wanted)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    rlim_t most = files.rlim_cur > 2 * SPARE_FDS ? files.rlim_cur - SPARE_FDS : files.rlim_cur / 2;
    return wanted < most ? wanted : (unsigned)most;
}

static void apply_defaults(struct httpd_config *c)
{
    if (!c->receive_ms)
        c->receive_ms = RECEIVE_DEFAULT_MS;
    if (!c->max_connections)
        c->max_connections = CONNECTIONS_DEFAULT;
    if (!c->trusted_proxies)
        c->trusted_proxies = "";
}

static bool routes_valid(const struct httpd_config *cfg)
{
    for (const struct route *r = cfg->routes; r < cfg->routes + cfg->n_routes; r++)
        if (!route_valid(r)) {
            log_error(NULL, "http.bad_route", "path", r->path, "why",
                      "a route needs a path, a method, a handler and a role");
            return false;
        }
    return true;
}

static void join_loop(struct httpd *h)
{
    uv_loop_t *loop = loop_uv();
    CHECK(uv_poll_init(loop, &h->poll, httpd_wire_fd(h)) == 0);
    uv_timer_init(loop, &h->wake);
    uv_timer_init(loop, &h->reaper);
    h->poll.data = h->wake.data = h->reaper.data = h;
    h->handles = 3;
    uv_poll_start(&h->poll, UV_READABLE, on_traffic);
    uint64_t every = h->cfg.receive_ms / 4 < REAP_MS ? h->cfg.receive_ms / 4 + 1 : REAP_MS;
    uv_timer_start(&h->reaper, on_reap, every, every);
    loop_hook(TURN_FLUSH, on_flush, h);
    loop_hook(TURN_ARM, on_arm, h);
}

struct httpd *httpd_open(const struct httpd_config *cfg)
{
    if (!routes_valid(cfg))
        return NULL;
    int fd = listen_on(cfg->address, cfg->port);
    if (fd < 0) {
        log_error(NULL, "http.cannot_listen", "address", cfg->address, "port", fmt_int(cfg->port),
                  "why", strerror(errno));
        return NULL;
    }
    struct httpd *h = must(calloc(1, sizeof *h));
    *h = (struct httpd){.magic = HTTPD_MAGIC, .cfg = *cfg, .listen_fd = fd, .port = port_of(fd)};
    list_init(&h->conns);
    list_init(&h->upgraded);
    apply_defaults(&h->cfg);
    h->n_proxies = address_read_list(h->cfg.trusted_proxies, h->proxies, HTTPD_PROXIES_MAX);
    CHECK(h->n_proxies >= 0); /* checked with the rest of the configuration */
    if (!httpd_wire_open(h, affordable(h->cfg.max_connections + SURPLUS))) {
        log_error(NULL, "http.cannot_start", "address", cfg->address, "port", fmt_int(h->port));
        close(fd);
        free(h);
        return NULL;
    }
    join_loop(h);
    return h;
}

int httpd_port(const struct httpd *h)
{
    return h->port;
}

/* Closing */

void httpd_quiesce(struct httpd *h)
{
    if (h->quiesced)
        return;
    h->quiesced = true;
    h->quiesced_at = clock_ms();
    httpd_wire_quiesce(h);
}

int httpd_active(const struct httpd *h)
{
    if (h->quiesced && clock_ms() - h->quiesced_at < CLOSING_MS && h->n_conns)
        return h->active ? h->active : 1;
    return h->active;
}

static void on_closed(uv_handle_t *handle)
{
    struct httpd *h = OBJ_CAST(struct httpd, handle->data, HTTPD_MAGIC);
    if (--h->handles)
        return;
    OBJ_KILL(h, HTTPD_MAGIC);
    free(h);
}

void httpd_close(struct httpd *h)
{
    loop_unhook(on_flush, h);
    loop_unhook(on_arm, h);
    uv_close((uv_handle_t *)&h->poll, on_closed);
    uv_close((uv_handle_t *)&h->wake, on_closed);
    uv_close((uv_handle_t *)&h->reaper, on_closed);
    httpd_wire_close(h);
}
