#include "feed.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/db.h"
#include "loop/gather.h"
#include "loop/loop.h"
#include "messages.h"
#include "sql.h"
#include "watch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES        256
#define LISTENERS_MAX 2000 /* of one agent */
#define READ_MS       5000
#define READ_ITEMS    50 /* messages read at once, of at most 64 KiB */
#define READ_BYTES    (64u << 10)
#define LOOK_MS       1000

struct feed {
    struct list link;
    int refs; /* its listeners and the messages that are being read for them */
    char agent[UUID_TEXT];
    struct list listeners;
    int n_listeners;
    struct frame *frames[FRAMES];
    uint64_t head; /* number of the frame that will be put next */
    struct gather reads;
};

static struct list feeds = {&feeds, &feeds};
static int n_listeners;
static bool closed;
static struct timer *look;

/* ---- destructors ---- */

void frame_drop(struct frame *f)
{
    if (f && --f->refs == 0)
        free(f);
}

static void drop(struct feed *f)
{
    if (--f->refs)
        return;
    for (size_t i = 0; i < FRAMES; i++)
        frame_drop(f->frames[i]);
    list_remove(&f->link);
    free(f);
}

/* ---- listeners ---- */

static void wake(struct listener *l)
{
    mailbox_post(&l->wakes, 0, NULL, 0); /* full: it will look anyway */
}

static void end(struct listener *l)
{
    l->over = true;
    wake(l);
}

static void end_feed(struct feed *f)
{
    struct listener *l;
    LIST_EACH(l, &f->listeners, struct listener, link)
        end(l);
}

/* ---- frames ---- */

static struct frame *make_frame(const char *id, const char *event, const char *json)
{
    struct buf b = BUF(EVENT_BYTES(json));
    event_put(&b, id, event, json);
    struct frame *f = must(malloc(sizeof *f + b.n));
    f->refs = 1;
    f->n = b.n;
    memcpy(f->text, b.p, b.n);
    buf_free(&b);
    return f;
}

static void put(struct feed *f, struct frame *frame)
{
    struct listener *l;
    struct frame **slot = &f->frames[f->head++ % FRAMES];
    frame_drop(*slot);
    *slot = frame;
    LIST_EACH(l, &f->listeners, struct listener, link)
        wake(l);
}

static enum err read_frames(void *arg, struct batch *batch)
{
    struct feed *f = arg;
    struct scope s;
    struct rows *events;
    scope_init(&s, READ_MS);
    s.db_role = "va_agent";
    s.tenant = f->agent;
    const char *list = arena_printf(s.arena, "[%s]", batch->items);
    enum err e = await_db(&s, &SQL_events_read, &events, f->agent, list);
    for (int i = 0; !e && i < events->n; i++)
        put(f, make_frame(row(events, i, "id"), row(events, i, "type"), row(events, i, "data")));
    if (e)
        log_warn(&s, "feed.not_read", "error", err_name(e), "why", s.fault.message);
    scope_fini(&s);
    return e;
}

/* ---- messages ---- */

static struct feed *find(const char *agent)
{
    struct feed *f;
    LIST_EACH(f, &feeds, struct feed, link)
        if (!strcmp(f->agent, agent))
            return f;
    return NULL;
}

static enum err check(struct msg *m)
{
    struct call_changed changed;
    struct call_spoke spoke;
    struct batch_changed batch;
    if (!strcmp(m->type, CALL_CHANGED)) {
        TRY(call_changed_decode(&m->scope, m->body, m->n, &changed));
        watch_tell(changed.call_id);
        watch_tell(WATCH_ANY_CALL);
    } else if (!strcmp(m->type, CALL_SPOKE)) {
        TRY(call_spoke_decode(&m->scope, m->body, m->n, &spoke));
    } else if (!strcmp(m->type, BATCH_CHANGED)) {
        TRY(batch_changed_decode(&m->scope, m->body, m->n, &batch));
    }
    return OK;
}

/* What cannot be read is not lost: who listened comes back and reads on from where he was. */
enum err feed_heard(struct msg *m)
{
    TRY(check(m));
    struct feed *f = m->scope.tenant ? find(m->scope.tenant) : NULL;
    if (!f)
        return OK;
    f->refs++;
    if (await_gathered(&f->reads,
                       arena_printf(m->scope.arena, "{\"id\":\"%s\",\"type\":\"%s\",\"body\":%s}",
                                    m->scope.id, m->type, m->body)))
        end_feed(f);
    drop(f);
    return OK;
}

enum err feed_heard_agent(struct msg *m)
{
    struct agent_changed in;
    struct listener *l;
    TRY(agent_changed_decode(&m->scope, m->body, m->n, &in));
    watch_tell(in.real_estate_agent_id);
    struct feed *f = find(in.real_estate_agent_id);
    if (f)
        LIST_EACH(l, &f->listeners, struct listener, link) {
            l->suspect = true;
            wake(l);
        }
    return OK;
}

/* ---- public ---- */

/* A line break in JSON can only stand between its parts. */
void event_put(struct buf *b, const char *id, const char *event, const char *json)
{
    if (id)
        buf_printf(b, "id: %s\n", id);
    buf_printf(b, "event: %s\ndata: ", event);
    for (; *json; json++)
        buf_putc(b, *json == '\n' ? ' ' : *json);
    buf_puts(b, "\n\n");
}

static struct feed *create(const char *agent)
{
    struct feed *f = must(calloc(1, sizeof *f));
    snprintf(f->agent, sizeof f->agent, "%s", agent);
    list_init(&f->listeners);
    list_append(&feeds, &f->link);
    gather_init(&f->reads, "feed.read", READ_ITEMS, READ_BYTES, read_frames, f);
    return f;
}

bool feed_join(struct listener *l, const char *agent_id)
{
    struct feed *f = find(agent_id);
    if (closed || (f && f->n_listeners == LISTENERS_MAX))
        return false;
    if (!f)
        f = create(agent_id);
    f->refs++;
    f->n_listeners++;
    *l = (struct listener){.feed = f, .at = f->head, .renewals = mq_own_renewals()};
    mailbox_init(&l->wakes, 1);
    list_append(&f->listeners, &l->link);
    metric_set("va_event_listeners", "", ++n_listeners);
    return true;
}

void feed_leave(struct listener *l)
{
    list_remove(&l->link);
    mailbox_fini(&l->wakes);
    l->feed->n_listeners--;
    drop(l->feed);
    metric_set("va_event_listeners", "", --n_listeners);
}

struct frame *await_frame(struct listener *l, uint64_t deadline)
{
    struct feed *f = l->feed;
    while (l->at == f->head && !l->over && !l->suspect && clock_left(deadline))
        event_free(await_event(&l->wakes, deadline));
    if (f->head - l->at > FRAMES) {
        metric_add("va_event_listeners_dropped_total", "", 1);
        l->over = true;
    }
    if (l->over || l->suspect || l->at == f->head)
        return NULL;
    struct frame *frame = f->frames[l->at++ % FRAMES];
    frame->refs++;
    return frame;
}

/* The own queues were gone for a while, and with them what came meanwhile: it is lost to who listened then. */
static void end_who_missed(struct feed *f)
{
    struct listener *l;
    LIST_EACH(l, &f->listeners, struct listener, link)
        if (l->renewals != mq_own_renewals())
            end(l);
}

static void on_look(void *arg)
{
    struct feed *f;
    (void)arg;
    LIST_EACH(f, &feeds, struct feed, link)
        end_who_missed(f);
}

void feed_open(void)
{
    look = timer_every(LOOK_MS, on_look, NULL);
}

bool feed_closed(void)
{
    return closed;
}

void feed_close(void)
{
    struct feed *f;
    closed = true;
    timer_cancel(&look);
    LIST_EACH(f, &feeds, struct feed, link)
        end_feed(f);
}
