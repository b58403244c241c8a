#include "store.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/db.h"
#include "loop/loop.h"
#include "sql.h"
#include "voice/outbox.h"
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 5000 /* messages; with BYTES_MAX the bound of our memory */
#define BYTES_MAX   (32u << 20)
#define CONFIRM_MS  5000
#define AGAIN_MS    1000
#define ARENA_MAX   (512u << 10) /* to encode one message */

struct parcel {
    struct list link;
    bool flying;
    size_t n;
    char id[UUID_TEXT]; /* the same at each attempt */
    char *tenant;
    char body[];
};

static struct list waiting = {&waiting, &waiting};
static size_t n_waiting, bytes_waiting;
static struct timer *again;

/* ---- publishing ---- */

static void destroy(struct parcel *p)
{
    list_remove(&p->link);
    n_waiting--;
    bytes_waiting -= p->n;
    metric_set("va_turns_waiting", "", (double)n_waiting);
    free(p->tenant);
    free(p);
}

static void on_published(void *arg, enum err e)
{
    struct parcel *p = arg;
    p->flying = false;
    metric_add("va_turns_published_total", e ? "result=\"again\"" : "result=\"ok\"", 1);
    if (!e)
        destroy(p);
}

static void publish(struct parcel *p)
{
    p->flying = true;
    mq_publish(&(struct mq_out){.exchange = MQ_EVT,
                                .key = TURN_DONE,
                                .type = TURN_DONE,
                                .id = p->id,
                                .body = p->body,
                                .n = p->n,
                                .tenant = p->tenant},
               clock_ms() + CONFIRM_MS, on_published, p);
}

static void publish_waiting(void *arg)
{
    (void)arg;
    struct parcel *p;
    LIST_EACH(p, &waiting, struct parcel, link)
        if (!p->flying)
            publish(p);
}

static bool room_for(size_t n)
{
    if (n_waiting < WAITING_MAX && bytes_waiting + n <= BYTES_MAX)
        return true;
    log_error(NULL, "turns.lost", "waiting", fmt_int((long long)n_waiting));
    metric_add("va_turns_lost_total", "", 1);
    return false;
}

void store_turns(const char *call_sid, const char *tenant, const struct turn_done_turn *turns,
                 size_t n)
{
    struct scope s;
    scope_init_sized(&s, CONFIRM_MS, ARENA_MAX);
    const char *body = turn_done_encode(
        &s, &(struct turn_done){
                .call_sid = call_sid, .turns = (struct turn_done_turn *)turns, .turns_n = n});
    size_t size = strlen(body);
    if (room_for(size)) {
        struct parcel *p = must(calloc(1, sizeof *p + size + 1));
        p->n = size;
        memcpy(p->body, body, size);
        uuid7(p->id);
        p->tenant = must(strdup(tenant));
        list_append(&waiting, &p->link);
        n_waiting++;
        bytes_waiting += size;
        publish(p);
    }
    scope_fini(&s);
}

bool store_idle(void)
{
    return n_waiting == 0;
}

void store_open(void)
{
    again = timer_every(AGAIN_MS, publish_waiting, NULL);
}

void store_close(void)
{
    timer_cancel(&again);
    if (n_waiting)
        log_error(NULL, "turns.lost", "waiting", fmt_int((long long)n_waiting));
    for (struct parcel *p; (p = LIST_FIRST(&waiting, struct parcel, link));)
        destroy(p);
}

/* ---- storing ---- */

/* Turns of a call that has no row yet are kept beside, until the row is there (0012_turns.sql). */
enum err store_done(struct msg *m)
{
    struct turn_done in;
    TRY(turn_done_decode(&m->scope, m->body, m->n, &in));
    TRY(await_db_ready(m->scope.deadline));
    TRY(await_db(&m->scope, &SQL_turns_store, NULL, in.call_sid, m->scope.tenant, m->body));
    outbox_nudge(); /* somebody reads along */
    return OK;
}
