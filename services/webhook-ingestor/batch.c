#include "batch.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/metric.h"
#include "io/mq.h"
#include "loop/task.h"
#include <string.h>

#define CONFIRM_MS 500
#define EVENTS_MAX 200          /* per message; the schema's bound */
#define BODY_MAX (60 * 1024)
#define DEPTH_MAX 10000

struct entry { /* on the waiting task's stack: it is settled by the publish, at the latest at its deadline */
    struct list link;
    struct wait wait;
    const char *event;
    size_t n;
    enum err result;
};

static void publish_next(struct lane *l);

static void settle_flying(struct lane *l, enum err e)
{
    struct entry *en;
    LIST_EACH(en, &l->flying, struct entry, link) {
        list_remove(&en->link);
        l->depth--;
        en->result = e;
        wait_settle(&en->wait);
    }
}

static void on_confirmed(void *arg, enum err e)
{
    struct lane *l = arg;
    l->busy = false;
    settle_flying(l, e);
    publish_next(l);
}

/* Move what fits from waiting to flying, and word it as one message. */
static void load(struct lane *l, struct buf *body)
{
    struct entry *en;
    size_t events = 0;
    buf_puts(body, "{\"events\":[");
    LIST_EACH(en, &l->waiting, struct entry, link) {
        if (events == EVENTS_MAX || (events && body->n + en->n > BODY_MAX))
            break;
        if (events++)
            buf_putc(body, ',');
        buf_put(body, en->event, en->n);
        list_remove(&en->link);
        list_append(&l->flying, &en->link);
    }
    buf_puts(body, "]}");
    metric_add("va_batch_events_total", "", (double)events);
    metric_add("va_batch_messages_total", "", 1);
}

static void publish_next(struct lane *l)
{
    if (l->busy || list_empty(&l->waiting))
        return;
    l->busy = true;
    struct buf body = BUF(2 * BODY_MAX);
    load(l, &body);
    mq_publish(&(struct mq_out){.exchange = MQ_EVT, .key = l->type, .type = l->type, .body = body.p, .n = body.n},
               clock_ms() + CONFIRM_MS, on_confirmed, l);
    buf_free(&body);
}

void lane_init(struct lane *l, const char *type)
{
    *l = (struct lane){.type = type};
    list_init(&l->waiting);
    list_init(&l->flying);
}

enum err await_batched(struct scope *s, struct lane *l, const char *event)
{
    struct entry en = {.wait = WAIT_HERE, .event = event, .n = strlen(event)};
    if (en.n > BODY_MAX)
        return fail(s, ERR_TOO_BIG, NULL, NULL, "too many parameters for one event");
    if (l->depth == DEPTH_MAX)
        return fail(s, ERR_BUSY, NULL, NULL, "too many events are waiting for the broker");
    list_append(&l->waiting, &en.link);
    l->depth++;
    publish_next(l);
    await_wait(&en.wait);
    return en.result ? fail(s, en.result, NULL, NULL, "the broker has not confirmed in time") : OK;
}
