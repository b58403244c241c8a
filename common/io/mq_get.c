/* Looking through a queue, for tools: one message at a time, asked for; what is not taken goes back at the end. */
#include "io/mq_impl.h"
#include "base/die.h"
#include "loop/task.h"
#include <string.h>

#define CHANNEL 1

static struct getting {
    struct wait wait;
    struct wire_in *in;
    enum err e;
} * asked; /* NULL: nobody waits */

static void answer(struct wire_in *in, enum err e)
{
    if (!asked) {
        if (in)
            arena_destroy(in->arena);
        return;
    }
    asked->in = in;
    asked->e = e;
    wait_settle(&asked->wait);
    asked = NULL;
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

static void on_setup(struct wire *w, int step)
{
    if (step > 0)
        return;
    wire_channel(w, CHANNEL);
    mq_declare(w, CHANNEL);
}

const struct wire_h get_h = {
    .setup = on_setup, .down = on_down, .deliver = on_message, .empty = on_empty};

static void drop(void *arena)
{
    arena_destroy(arena);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

enum err await_get(struct scope *s, const char *queue, struct mq_letter *out)
{
    char name[MQ_NAME * 2];
    struct getting g = {.wait = WAIT_HERE};
    CHECK(!asked);
    if (!mq.get || !wire_ready(mq.get))
        return fail(s, ERR_BUSY, NULL, NULL, "the broker is not there");
    if (!mq_route("", queue, name))
        return fail(s, ERR_INVALID, NULL, NULL, "the queue's name is too long");
    asked = &g;
    wire_get(mq.get, CHANNEL, name);
    await_wait(&g.wait); /* the connection bounds it: it is lost when an answer takes too long */
    if (g.e)
        return g.e;
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
