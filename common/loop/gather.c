#include "loop/gather.h"
#include "base/buf.h"
#include "loop/task.h"
#include <string.h>

struct item { /* on the waiting task's stack */
    struct list link;
    struct wait wait;
    const char *text;
    size_t n;
    enum err result;
};

/* Move what fits into one batch. */
static void take(struct gather *g, struct batch *b, struct buf *items)
{
    struct item *it;
    size_t n = 0;
    list_init(&b->in);
    LIST_EACH(it, &g->waiting, struct item, link) {
        if (n == g->max_items || (n && items->n + 1 + it->n > g->max_bytes))
            break;
        if (n++)
            buf_putc(items, ',');
        buf_put(items, it->text, it->n);
        list_remove(&it->link);
        list_append(&b->in, &it->link);
    }
    b->items = items->p;
    b->n = n;
}

void gather_refuse(struct batch *b, size_t nth, enum err e)
{
    struct item *it;
    LIST_EACH(it, &b->in, struct item, link)
        if (nth-- == 0)
            it->result = e;
}

static void settle(struct gather *g, struct batch *b, enum err e)
{
    struct item *it;
    LIST_EACH(it, &b->in, struct item, link) {
        list_remove(&it->link);
        g->depth--;
        if (e)
            it->result = e;
        wait_settle(&it->wait);
    }
}

static void work(void *arg)
{
    struct gather *g = arg;
    struct buf items = BUF(g->max_bytes);
    struct batch b;
    while (!list_empty(&g->waiting)) {
        take(g, &b, &items);
        settle(g, &b, g->run(g->arg, &b));
        buf_reset(&items);
    }
    buf_free(&items);
    g->busy--;
}

void gather_init(struct gather *g, const char *name, size_t max_items, size_t max_bytes,
                 gather_run *run, void *arg)
{
    *g = (struct gather){.name = name,
                         .max_items = max_items,
                         .max_bytes = max_bytes,
                         .run = run,
                         .arg = arg,
                         .at_once = 1};
    list_init(&g->waiting);
}

enum err await_gathered(struct gather *g, const char *text)
{
    struct item it = {.wait = WAIT_HERE, .text = text, .n = strlen(text)};
    if (it.n > g->max_bytes)
        return ERR_TOO_BIG;
    if (g->depth == GATHER_DEPTH_MAX)
        return ERR_BUSY;
    list_append(&g->waiting, &it.link);
    g->depth++;
    if (g->busy < g->at_once) {
        g->busy++;
        task_spawn(g->name, work, g);
    }
    await_wait(&it.wait);
    return it.result;
}
