/* The connections: choosing one, who waits for the first, and the one timer of all deadlines. */
#include "io/db_impl.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/log.h"
#include "base/metric.h"
#include "loop/loop.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 4

struct ready_wait {
    struct list link;
    struct wait wait;
    uint64_t deadline;
    enum err err;
};

static struct {
    bool open;
    int n, ready;
    struct conn **conns;
    const struct sql *enter;
    struct list ready_waits;
    struct timer *clock; /* fires at or before the earliest deadline */
    uint64_t clock_at;
} pool;

/* ---- readiness ---- */

static void settle(struct ready_wait *w, enum err e)
{
    list_remove(&w->link);
    w->err = e;
    wait_settle(&w->wait);
}

static void settle_all(enum err e)
{
    struct ready_wait *w;
    LIST_EACH(w, &pool.ready_waits, struct ready_wait, link)
        settle(w, e);
}

void pool_up(void)
{
    if (pool.ready++ == 0)
        log_info(NULL, "db.ready");
    metric_set("va_db_ready", "", pool.ready);
    settle_all(OK);
}

void pool_down(void)
{
    metric_set("va_db_ready", "", --pool.ready);
}

bool db_ready(void)
{
    return pool.ready > 0;
}

enum err await_db_ready(uint64_t deadline)
{
    CHECK(pool.open);
    if (db_ready())
        return OK;
    struct ready_wait w = {.wait = WAIT_HERE, .deadline = deadline};
    list_append(&pool.ready_waits, &w.link);
    pool_wake_at(deadline);
    await_wait(&w.wait);
    return w.err;
}

/* ---- deadlines ---- */

static uint64_t look_at_waits(uint64_t now)
{
    uint64_t next = UINT64_MAX;
    struct ready_wait *w;
    LIST_EACH(w, &pool.ready_waits, struct ready_wait, link) {
        if (w->deadline <= now)
            settle(w, ERR_TIMEOUT);
        else
            next = sooner(next, w->deadline);
    }
    return next;
}

static void on_clock(void *arg)
{
    (void)arg;
    uint64_t now = clock_ms();
    timer_cancel(&pool.clock);
    uint64_t next = look_at_waits(now);
    for (int i = 0; i < pool.n; i++)
        next = sooner(next, conn_look(pool.conns[i], now));
    if (next != UINT64_MAX)
        pool_wake_at(next);
}

void pool_wake_at(uint64_t at)
{
    if (pool.clock && pool.clock_at <= at)
        return;
    timer_cancel(&pool.clock);
    pool.clock_at = at;
    pool.clock = timer_after(clock_left(at), on_clock, NULL);
}

/* ---- the connections ---- */

struct conn *pool_pick(void)
{
    struct conn *best = NULL;
    int least = INT_MAX;
    for (int i = 0; i < pool.n; i++) {
        int load = conn_load(pool.conns[i]);
        if (load < least) {
            best = pool.conns[i];
            least = load;
        }
    }
    return best;
}

const struct sql *pool_enter(void)
{
    return pool.enter;
}

void pool_retire_all(void)
{
    for (int i = 0; i < pool.n; i++)
        conn_retire(pool.conns[i]);
}

void db_open(const struct db_config *cfg)
{
    CHECK(!pool.open);
    pool.open = true;
    pool.enter = cfg->enter;
    list_init(&pool.ready_waits);
    conn_target(cfg);
    pool.n = cfg->connections ? cfg->connections : CONNECTIONS;
    pool.conns = must(calloc((size_t)pool.n, sizeof *pool.conns));
    for (int i = 0; i < pool.n; i++)
        pool.conns[i] = conn_create();
    metric_set("va_db_ready", "", 0);
}

void db_close(void)
{
    if (!pool.open)
        return;
    for (int i = 0; i < pool.n; i++)
        conn_destroy(pool.conns[i]);
    settle_all(ERR_CLOSING);
    timer_cancel(&pool.clock);
    conn_target_forget();
    free(pool.conns);
    memset(&pool, 0, sizeof pool);
}
