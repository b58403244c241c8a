#include "broker.h"
#include "gateway.h"
#include "voice/dead.h"
#include "voice/presence.h"

#define SERVICES_MAX 64
#define UNROUTED     "va.unrouted"

static enum err await_queue(struct scope *s, const char *name, struct broker *b)
{
    struct queue_state *q = &b->queues[b->n_queues++];
    q->name = name;
    return await_depth(s, name, &q->depth);
}

static enum err await_queues(struct scope *s, struct broker *b)
{
    b->queues = arena_alloc(s->arena, (QUEUES_N + 2) * sizeof *b->queues);
    for (size_t i = 0; i < QUEUES_N; i++)
        if (QUEUES[i].name)
            TRY(await_queue(s, QUEUES[i].name, b));
    TRY(await_queue(s, UNROUTED, b));
    return await_queue(s, DEAD_QUEUE, b);
}

const struct mq_depth *broker_dead(const struct broker *b)
{
    return &b->queues[b->n_queues - 1].depth;
}

enum err await_broker_queues(struct scope *s, struct broker *out)
{
    *out = (struct broker){0};
    await_mq_look();
    enum err e = await_queues(s, out);
    mq_look_end();
    return e;
}

struct meeting {
    struct scope *scope;
    struct broker *broker;
};

/* A copy: what is told is gone when this returns. */
static void on_seen(void *arg, const struct system_state *state)
{
    struct meeting *m = arg;
    struct system_state *copy;
    if (m->broker->n_services == SERVICES_MAX)
        return;
    copy = arena_alloc(m->scope->arena, sizeof *copy);
    if (system_state_decode(m->scope, system_state_encode(m->scope, state), 0, copy) == OK)
        m->broker->services[m->broker->n_services++] = copy;
}

enum err await_broker(struct scope *s, struct broker *out)
{
    struct meeting m = {s, out};
    TRY(await_broker_queues(s, out));
    out->services = arena_alloc(s->arena, SERVICES_MAX * sizeof *out->services);
    return await_presence(s, on_seen, &m);
}
