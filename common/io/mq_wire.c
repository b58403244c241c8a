/* The life of one AMQP connection: connecting, setting up, heartbeats, losing it and trying again. */
#include "io/mq_wire.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/sock.h"
#include "loop/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIRE_MAGIC          0x3a17e5b2u
#define OUTBOUND_MAX        (4u << 20) /* what publishes may fill */
#define SOCK_MAX            (6u << 20) /* beyond that bound: acks must always find room */
#define IDLE_MS             5000       /* say something after this long */
#define SILENCE_MS          20000      /* the broker is dead after this long */
#define BACKOFF_MIN_MS      100
#define BACKOFF_MAX_MS      5000
#define PRECONDITION_FAILED 406

static struct list wires = {&wires, &wires};

/* ---- losing the connection */

static void show(const struct wire *w)
{
    char labels[48];
    snprintf(labels, sizeof labels, "connection=\"%s\"", w->role);
    metric_set("va_mq_ready", labels, w->state == UP);
    metric_set("va_mq_blocked", labels, w->blocked);
}

/* Back to nothing; says whether there was a session to lose. */
static bool tear_down(struct wire *w)
{
    bool had_session = w->state >= SETTING_UP;
    if (w->sock)
        sock_close(w->sock);
    w->sock = NULL;
    frame_drop_partial(w);
    w->state = WAITING;
    w->life++;
    w->expected = 0;
    w->blocked = false;
    return had_session;
}

static uint64_t backoff(unsigned failures)
{
    uint64_t ms = BACKOFF_MIN_MS << (failures < 6 ? failures : 6);
    if (ms > BACKOFF_MAX_MS)
        ms = BACKOFF_MAX_MS;
    return ms / 2 + arc4random_uniform((uint32_t)(ms / 2 + 1));
}

void wire_lose(struct wire *w, const char *why)
{
    if (w->state == WAITING)
        return;
    uint64_t wait = backoff(w->failures++);
    log_warn(NULL, "mq.lost", "connection", w->role, "why", why, "retry_ms",
             fmt_int((long long)wait));
    bool had_session = tear_down(w);
    w->retry_at = clock_ms() + wait;
    show(w);
    if (had_session)
        w->h->down();
}

static void on_lost(void *arg, const char *why)
{
    wire_lose(OBJ_CAST(struct wire, arg, WIRE_MAGIC), why);
}

/* ---- setting up */

/* The next step of the setup. One that asks nothing was the last. */
static void set_up(struct wire *w)
{
    w->h->setup(w, w->step++);
    if (w->expected)
        return;
    w->state = UP;
    w->failures = 0;
    log_info(NULL, "mq.up", "connection", w->role);
    show(w);
}

void wire_logged_in(struct wire *w)
{
    w->state = SETTING_UP;
    w->step = 0;
    set_up(w);
}

/* A reply to ask(). */
void wire_answered(struct wire *w)
{
    if (!w->expected)
        return;
    w->reply_by = clock_ms() + REPLY_MS;
    if (--w->expected == 0 && w->state == SETTING_UP)
        set_up(w);
}

/* ---- told by the broker */

void wire_set_blocked(struct wire *w, bool blocked)
{
    w->blocked = blocked;
    log_warn(NULL, blocked ? "mq.blocked" : "mq.unblocked", "connection", w->role);
    show(w);
}

/*
 * The broker ends a channel or the connection: we begin anew. Only a declaration that contradicts what
 * exists cannot heal by itself, and must not go on silently.
 */
void wire_refused(struct wire *w, unsigned code, const char *reason, unsigned class,
                  unsigned method)
{
    char why[256];
    snprintf(why, sizeof why, "%u %s", code, reason);
    bool declaring = (class == 50 || class == 40) && method == 10;
    if (code == PRECONDITION_FAILED && declaring) {
        log_error(NULL, "mq.topology_conflict", "connection", w->role, "why", why, "help",
                  "delete the queue or exchange, or run the version that made it");
        exit(70);
    }
    wire_lose(w, why);
}

/* ---- connecting */

static void on_open(void *arg)
{
    struct wire *w = OBJ_CAST(struct wire, arg, WIRE_MAGIC);
    w->state = LOGGING_IN;
    w->last_in = clock_ms();
    w->reply_by = w->last_in + REPLY_MS;
    frame_hello(w);
}

static void on_bytes(void *arg, const char *p, size_t n)
{
    struct wire *w = OBJ_CAST(struct wire, arg, WIRE_MAGIC);
    w->last_in = clock_ms();
    frame_bytes(w, p, n);
}

static const struct sock_h sock_h = {on_open, on_bytes, on_lost};

static void connect_now(struct wire *w)
{
    frame_begin(w);
    w->state = CONNECTING;
    w->reply_by = clock_ms() + REPLY_MS;
    w->sock = sock_connect(&(struct sock_to){.host = w->host,
                                             .port = w->port,
                                             .tls = w->tls,
                                             .ca_file = w->ca_file,
                                             .queue_max = SOCK_MAX},
                           &sock_h, w);
}

static void on_flush(void *arg)
{
    (void)arg;
    struct wire *w;
    LIST_EACH(w, &wires, struct wire, link)
        if (w->sock && sock_flush(w->sock))
            w->last_out = clock_ms();
}

void wire_tick(struct wire *w, uint64_t now)
{
    if (w->state == WAITING) {
        if (now >= w->retry_at)
            connect_now(w);
        return;
    }
    sock_tick(w->sock);
    if (w->state == WAITING)
        return;
    if ((w->state < UP || w->expected) && now >= w->reply_by)
        wire_lose(w, "no answer");
    else if (w->state == UP && now - w->last_in >= SILENCE_MS)
        wire_lose(w, "silent for 20 s");
    else if (w->state == UP && now - w->last_out >= IDLE_MS)
        frame_heartbeat(w);
}

bool wire_ready(const struct wire *w)
{
    return w->state == UP && !w->expected;
}

bool wire_session(const struct wire *w)
{
    return w->state >= SETTING_UP;
}

bool wire_blocked(const struct wire *w)
{
    return w->blocked;
}

bool wire_full(const struct wire *w, size_t n)
{
    return sock_unsent(w->sock) + n > OUTBOUND_MAX;
}

unsigned wire_life(const struct wire *w)
{
    return w->life;
}

/* "?cacertfile=/path" names the authority that signed the broker; other parameters are ignored. */
static void parse_url(struct wire *w, const char *url)
{
    w->url = must(strdup(url));
    char *query = strchr(w->url, '?');
    if (query)
        *query++ = 0;
    for (char *rest = query, *p; rest && (p = strsep(&rest, "&"));)
        if (strncmp(p, "cacertfile=", 11) == 0)
            w->ca_file = p + 11;
    if (!frame_parse_url(w)) {
        log_error(NULL, "mq.bad_url", "help", "expected amqp[s]://user:password@host:port/vhost");
        exit(64);
    }
}

struct wire *wire_open(const char *url, const char *client, const char *role,
                       const struct wire_h *h)
{
    struct wire *w = must(calloc(1, sizeof *w));
    w->magic = WIRE_MAGIC;
    w->h = h;
    w->role = role;
    size_t size = strlen(client) + strlen(role) + 2;
    w->name = must(malloc(size));
    snprintf(w->name, size, "%s %s", client, role);
    parse_url(w, url);
    if (list_empty(&wires))
        loop_hook(TURN_FLUSH, on_flush, NULL);
    list_append(&wires, &w->link);
    show(w);
    connect_now(w);
    return w;
}

void wire_close(struct wire *w)
{
    if (w->state >= SETTING_UP)
        frame_goodbye(w);
    tear_down(w);
    list_remove(&w->link);
    if (list_empty(&wires))
        loop_unhook(on_flush, NULL);
    frame_fini(w);
    free(w->name);
    free(w->url);
    OBJ_KILL(w, WIRE_MAGIC);
    free(w);
}
