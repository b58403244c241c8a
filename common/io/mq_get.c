/* Looking at queues: one message at a time, asked for; what is not taken goes back at the end. */
#include "io/mq_impl.h"
#include "base/die.h"
#include "loop/task.h"
#include <string.h>

#define CHANNEL 1

static struct getting {
    struct wait wait;
    struct wire_in *in;
    struct mq_depth depth;
    enum err e;
} * asked; /* NULL: nobody waits */

struct turn {
    struct list link;
    struct wait wait;
};
static bool looking;
static struct list turns = {&turns, &turns}; /* of those who want to look, too */

static void settle(enum err e)
{
    asked->e = e;
    wait_settle(&asked->wait);
    asked = NULL;
}

static void answer(struct wire_in *in, enum err e)
{
    if (!asked) {
        if (in)
            arena_destroy(in->arena);
        return;
    }
    asked->in = in;
    settle(e);
}

static void on_message(struct wire_in *in)
{
    answer(in, OK);
}

static void on_empty(void)
{
    answer(NULL, ERR_MISSING);
}

static void on_down(void)
{
    answer(NULL, ERR_BUSY);
}

static void on_named(int channel, const char *queue, const struct mq_depth *depth)
{
    (void)channel;
    (void)queue;
    if (!asked)
        return; /* declared, while the connection is set up */
    asked->depth = *depth;
    settle(OK);
}

static void on_setup(struct wire *w, int step)
{
    if (step > 0)
        return;
    wire_channel(w, CHANNEL);
    mq_declare(w, CHANNEL);
}

const struct wire_h get_h = {.setup = on_setup,
                             .down = on_down,
                             .deliver = on_message,
                             .empty = on_empty,
                             .named = on_named};

void await_mq_look(void)
{
    struct turn t = {.wait = WAIT_HERE};
    if (looking) {
        list_append(&turns, &t.link);
        await_wait(&t.wait); /* the turn is handed over: looking stays true */
    }
    looking = true;
}

void mq_look_end(void)
{
    struct turn *next = LIST_FIRST(&turns, struct turn, link);
    if (mq.get && wire_session(mq.get))
        wire_requeue_all(mq.get, CHANNEL);
    looking = next != NULL;
    if (!next)
        return;
    list_remove(&next->link);
    wait_settle(&next->wait);
}

static void drop(void *arena)
{
    arena_destroy(arena);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

typedef void ask_fn(struct wire *w, int channel, const char *queue);

/* The connection bounds it: it is lost when an answer takes too long. */
static enum err await_asked(struct scope *s, const char *queue, ask_fn *ask, struct getting *g)
{
    char name[MQ_NAME * 2];
    CHECK(!asked);
    if (!mq.get || !wire_ready(mq.get))
        return fail(s, ERR_BUSY, NULL, NULL, "the broker is not there");
    if (!mq_route("", queue, name))
        return fail(s, ERR_INVALID, NULL, NULL, "the queue's name is too long");
    asked = g;
    ask(mq.get, CHANNEL, name);
    await_wait(&g->wait);
    return g->e;
}

enum err await_depth(struct scope *s, const char *queue, struct mq_depth *out)
{
    struct getting g = {.wait = WAIT_HERE};
    TRY(await_asked(s, queue, wire_look, &g));
    *out = g.depth;
    return OK;
}

enum err await_get(struct scope *s, const char *queue, struct mq_letter *out)
{
    struct getting g = {.wait = WAIT_HERE};
    TRY(await_asked(s, queue, wire_get, &g));
    arena_defer(s->arena, drop, g.in->arena);
    const struct wire_msg *m = &g.in->msg;
    *out = (struct mq_letter){.id = or_empty(m->id),
                              .type = or_empty(m->type),
                              .exchange = or_empty(m->exchange),
                              .key = or_empty(m->key),
                              .body = or_empty(m->body),
                              .n = m->n,
                              .left = g.in->left,
                              .in = g.in};
    return OK;
}

const char *letter_header_name(const struct mq_letter *l, size_t i)
{
    return i < l->in->msg.n_headers ? l->in->msg.headers[i].name : NULL;
}

const char *letter_header(struct scope *s, const struct mq_letter *l, const char *name)
{
    for (size_t i = 0; i < l->in->msg.n_headers; i++) {
        const struct wire_header *h = &l->in->msg.headers[i];
        if (strcmp(h->name, name) == 0)
            return h->text ? h->text : arena_printf(s->arena, "%lld", (long long)h->number);
    }
    return NULL;
}

void letter_take(const struct mq_letter *l)
{
    if (mq.get && wire_session(mq.get))
        wire_ack(mq.get, CHANNEL, l->in->tag);
}
