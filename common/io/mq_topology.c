/* What exists on the broker: declared by every process, on every connection, with the same arguments. */
#include "io/mq_impl.h"
#include "base/die.h"
#include <stdio.h>
#include <string.h>

#define DELIVERY_LIMIT 5     /* requeues: six deliveries, then the broker dead-letters by itself */
#define LIVE_TTL_MS    15000 /* a caller does not wait that long: nobody is there for an answer */
#define UNROUTED_MAX   10000
#define EVENTS_MAX     10000 /* of a process's own queue */

/*
 * Commands have no alternate exchange: every publish is mandatory, so a command that no queue takes
 * comes back, and its sender, who still has it (outbox row, webhook to be answered 503), sends it
 * again. An alternate exchange would swallow it as delivered.
 *
 * Events may rightly have no listener (no gateway is up to show call.changed), so that is no error:
 * va.unrouted keeps the newest 10,000, enough to see and replay what a missing binding lost, and too
 * few to fill a disk.
 */
static const struct {
    const char *name, *type, *alternate;
} exchanges[] = {
    {MQ_UNROUTED, "fanout", NULL},
    {MQ_DEAD, "fanout", NULL},
    {MQ_CMD, "direct", NULL},
    {MQ_EVT, "topic", MQ_UNROUTED},
};
#define EXCHANGES (sizeof exchanges / sizeof *exchanges)

static const struct wire_queue dead_queue = {.name = MQ_DEAD, .args = {{"x-queue-type", "quorum"}}};
static const struct wire_queue unrouted_queue = {.name = MQ_UNROUTED,
                                                 .args = {{"x-queue-type", "quorum"},
                                                          {"x-max-length", NULL, UNROUTED_MAX},
                                                          {"x-overflow", "drop-head"}}};

static void prefixed(char out[MQ_NAME], const char *name)
{
    int n = snprintf(out, MQ_NAME, "%s%s", mq.cfg.prefix, name);
    CHECK(n < MQ_NAME);
}

const char *mq_exchange(const char *name)
{
    static char names[EXCHANGES][MQ_NAME];
    if (!name || !*name)
        return "";
    for (size_t i = 0; i < EXCHANGES; i++)
        if (strcmp(name, exchanges[i].name) == 0) {
            prefixed(names[i], name);
            return names[i];
        }
    return NULL;
}

/* On the default exchange the key is a queue's name: with our prefix, unless the broker made it. */
const char *mq_route(const char *exchange, const char *key, char buf[MQ_NAME * 2])
{
    bool ours = *exchange == 0 && strncmp(key, "amq.", 4) != 0;
    int n = snprintf(buf, MQ_NAME * 2, "%s%s", ours ? mq.cfg.prefix : "", key);
    return n < 256 ? buf : NULL; /* a short string of the protocol */
}

bool mq_terminal(const struct mq_queue *row)
{
    return row->name && (strcmp(row->name, MQ_DEAD) == 0 || strcmp(row->name, MQ_UNROUTED) == 0);
}

/* Rows of one name are one queue. Of unnamed ones a process has one per handler. */
bool mq_same_queue(const struct mq_queue *a, const struct mq_queue *b)
{
    if (!a->name || !b->name)
        return !a->name && !b->name && a->handler == b->handler;
    return strcmp(a->name, b->name) == 0;
}

static struct wire_queue job_queue(const char *name)
{
    return (struct wire_queue){
        .name = name,
        .args = {
            {"x-queue-type", "quorum"},
            {"x-delivery-limit", NULL, DELIVERY_LIMIT},
            {"x-overflow", "reject-publish"}, /* without it at-least-once silently does not apply */
            {"x-dead-letter-strategy", "at-least-once"},
            {"x-dead-letter-exchange", mq_exchange(MQ_DEAD)},
            {"x-dead-letter-routing-key", name},
        }};
}

/* Asked once: whoever asked is gone when its handler dies, and the request is the caller's to repeat. */
static struct wire_queue live_queue(const char *name)
{
    return (struct wire_queue){.name = name,
                               .args = {
                                   {"x-queue-type", "quorum"},
                                   {"x-delivery-limit", NULL, 0},
                                   {"x-overflow", "reject-publish"},
                                   {"x-message-ttl", NULL, LIVE_TTL_MS},
                               }};
}

/* Dies with the process; the oldest events give way when it cannot keep up. */
static struct wire_queue own_queue(bool live)
{
    struct wire_queue q = {.name = "",
                           .exclusive = true,
                           .args = {
                               {"x-max-length", NULL, EVENTS_MAX},
                               {"x-overflow", "drop-head"},
                           }};
    if (live)
        q.args[2] = (struct wire_header){"x-message-ttl", NULL, LIVE_TTL_MS};
    return q;
}

/* One queue and its bindings: `row` and those after it that speak of the same queue. */
void mq_declare_queue(struct wire *w, int channel, const struct mq_queue *row)
{
    char name[MQ_NAME] = "";
    if (row->name)
        prefixed(name, row->name);
    struct wire_queue q = !row->name  ? own_queue(row->live)
                          : row->live ? live_queue(name)
                                      : job_queue(name);
    if (!mq_terminal(row)) /* those are declared for everybody */
        wire_queue(w, channel, &q);
    for (const struct mq_queue *r = row; r < mq.cfg.queues + mq.cfg.n_queues; r++)
        if (r->exchange && mq_same_queue(r, row))
            wire_bind(w, channel, name, must((void *)mq_exchange(r->exchange)),
                      r->key ? r->key : "");
}

static bool first_of_its_queue(const struct mq_queue *row)
{
    for (const struct mq_queue *r = mq.cfg.queues; r < row; r++)
        if (mq_same_queue(r, row))
            return false;
    return true;
}

static void declare_catcher(struct wire *w, int channel, struct wire_queue q)
{
    char name[MQ_NAME];
    prefixed(name, q.name);
    const char *exchange = mq_exchange(q.name);
    q.name = name;
    wire_queue(w, channel, &q);
    wire_bind(w, channel, name, exchange, "");
}

void mq_declare(struct wire *w, int channel)
{
    for (size_t i = 0; i < EXCHANGES; i++)
        wire_exchange(w, channel, mq_exchange(exchanges[i].name), exchanges[i].type,
                      exchanges[i].alternate ? mq_exchange(exchanges[i].alternate) : NULL);
    declare_catcher(w, channel, dead_queue);
    declare_catcher(w, channel, unrouted_queue);
    for (size_t i = 0; i < mq.cfg.n_queues; i++)
        if (mq.cfg.queues[i].name && first_of_its_queue(&mq.cfg.queues[i]))
            mq_declare_queue(w, channel, &mq.cfg.queues[i]);
}
