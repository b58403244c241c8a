/* One connection of the pool, kept for ever: a session, and another after its loss. */
#include "io/db_impl.h"
#include "base/die.h"
#include "base/log.h"
#include "io/resolve.h"
#include "loop/loop.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX      256 /* statements under way; beyond, ERR_BUSY */
#define CONNECT_MAX_MS 3000
#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 2000
/* Our statements are short: what compiles them, or starts workers for them, takes longer than they do. */
#define OPTIONS                                                                                    \
    "-c statement_timeout=3000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000 " \
    "-c timezone=UTC -c datestyle=ISO -c jit=off "                                                 \
    "-c max_parallel_workers_per_gather=0"

enum state { PAUSED, RESOLVING, CONNECTING, READY };

#define CONN_MAGIC 0x6462636eu
struct conn {
    uint32_t magic;
    enum state state;
    bool retired;            /* takes no more statements; reconnects when the last is answered */
    struct session *session; /* when CONNECTING or READY */
    struct resolve *resolve;
    struct timer *timer; /* PAUSED: until the next attempt; CONNECTING: its deadline */
    unsigned tries;      /* since a statement was last answered */
};

/* The same for all connections. */
static struct target target;
static char *hosts;       /* to look up; NULL when libpq needs no look-up */
static char failure[256]; /* why the last connect failed: logged when it changes */

static timer_fn on_pause_over;

/* ---- losing it ---- */

static void disconnect(struct conn *k, enum err e)
{
    if (k->state == READY)
        pool_down();
    k->state = PAUSED;
    resolve_cancel(&k->resolve);
    timer_cancel(&k->timer);
    session_close(&k->session, e);
}

/* Jitter, so that all connections of all processes do not come back in the same instant. */
static void pause_before_connect(struct conn *k)
{
    uint64_t ms = sooner(BACKOFF_MIN_MS << (k->tries < 6 ? k->tries : 6), BACKOFF_MAX_MS);
    k->timer = timer_after(ms / 2 + arc4random_uniform((uint32_t)ms / 2 + 1), on_pause_over, k);
}

/* The loss of a good connection is always news; that none can be made, when the reason is new. */
static void log_loss(const struct conn *k, const char *why)
{
    char line[sizeof failure]; /* the first of libpq's message */
    snprintf(line, sizeof line, "%.*s", (int)strcspn(why, "\n"), why);
    if (k->state == READY) {
        log_warn(NULL, "db.lost", "why", line, "unanswered", fmt_int(session_depth(k->session)));
    } else if (strcmp(failure, line) != 0) {
        snprintf(failure, sizeof failure, "%s", line);
        log_error(NULL, "db.connect_failed", "why", line);
    }
}

/* Whatever was under way may or may not have happened. */
void conn_lost(struct conn *k, const char *why)
{
    log_loss(k, why);
    disconnect(k, ERR_BUSY);
    pause_before_connect(k);
}

/* ---- connecting ---- */

static void on_connect_deadline(void *arg)
{
    conn_lost(OBJ_CAST(struct conn, arg, CONN_MAGIC), "no answer while connecting");
}

static void start_connect(struct conn *k, const char *addresses)
{
    k->state = CONNECTING;
    k->timer = timer_after(CONNECT_MAX_MS, on_connect_deadline, k);
    k->session = session_open(k, &target, addresses);
    if (!session_alive(k->session))
        conn_lost(k, session_why(k->session));
}

static void on_resolved(void *arg, const char *addresses, const char *why)
{
    struct conn *k = OBJ_CAST(struct conn, arg, CONN_MAGIC);
    k->resolve = NULL;
    if (addresses)
        start_connect(k, addresses);
    else
        conn_lost(k, why);
}

static void on_pause_over(void *arg)
{
    struct conn *k = OBJ_CAST(struct conn, arg, CONN_MAGIC);
    timer_cancel(&k->timer);
    unsigned turn = k->tries++;
    if (!hosts) {
        start_connect(k, NULL);
        return;
    }
    k->state = RESOLVING;
    k->resolve = resolve_start(hosts, turn, on_resolved, k);
}

/* ---- from its session ---- */

void conn_ready(struct conn *k)
{
    timer_cancel(&k->timer);
    k->state = READY;
    k->retired = false;
    failure[0] = 0;
    pool_up();
}

void conn_answered(struct conn *k)
{
    k->tries = 0;
}

void conn_idle(struct conn *k)
{
    if (k->retired)
        conn_lost(k, "retired: read-only server or changed schema");
}

void conn_retire(struct conn *k)
{
    if (k->state != READY)
        return;
    k->retired = true;
    if (session_depth(k->session) == 0)
        conn_idle(k);
}

/* ---- for the pool ---- */

static char *make_options(const char *role, const char *from_url)
{
    char text[1024];
    int n = snprintf(text, sizeof text, OPTIONS "%s%s%s%s", role ? " -c role=" : "",
                     role ? role : "", from_url ? " " : "", from_url ? from_url : "");
    CHECK(n > 0 && (size_t)n < sizeof text);
    return must(strdup(text));
}

static bool must_look_up(const char *names, const char *addresses)
{
    return names && !addresses && resolve_needed(names);
}

void conn_target(const struct db_config *cfg)
{
    char *names = session_url_part(cfg->url, "host");
    char *addresses = session_url_part(cfg->url, "hostaddr");
    char *options = session_url_part(cfg->url, "options");
    target =
        (struct target){.url = must(strdup(cfg->url)),
                        .options = make_options(cfg->role, options),
                        .application = cfg->application ? must(strdup(cfg->application)) : NULL};
    if (must_look_up(names, addresses))
        hosts = must(strdup(names));
    free(names);
    free(addresses);
    free(options);
}

void conn_target_forget(void)
{
    free(target.url);
    free(target.options);
    free(target.application);
    free(hosts);
    target = (struct target){0};
    hosts = NULL;
    failure[0] = 0;
}

struct conn *conn_create(void)
{
    struct conn *k = must(calloc(1, sizeof *k));
    k->magic = CONN_MAGIC;
    k->timer = timer_after(0, on_pause_over, k);
    return k;
}

void conn_destroy(struct conn *k)
{
    disconnect(k, ERR_CLOSING);
    OBJ_KILL(k, CONN_MAGIC);
    free(k);
}

int conn_load(const struct conn *k)
{
    if (k->state != READY || k->retired || session_depth(k->session) >= QUEUE_MAX)
        return INT_MAX;
    return session_depth(k->session) + (session_silent(k->session) ? QUEUE_MAX : 0);
}

void conn_send(struct conn *k, const struct ask *ask, struct answer *a)
{
    if (!session_send(k->session, ask, a))
        conn_lost(k, session_why(k->session));
}

uint64_t conn_look(struct conn *k, uint64_t now)
{
    return k->state == READY ? session_look(k->session, now) : UINT64_MAX;
}
