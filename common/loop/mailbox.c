#include "loop/mailbox.h"
#include "base/clock.h"
#include "base/die.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <stdlib.h>
#include <string.h>

void mailbox_init(struct mailbox *m, size_t max_events)
{
    *m = (struct mailbox){.max = max_events};
    list_init(&m->events);
}

void mailbox_fini(struct mailbox *m)
{
    CHECK(!m->waiting);
    for (struct event *ev; (ev = mailbox_take(m));)
        event_free(ev);
}

static void wake_owner(struct mailbox *m)
{
    struct task *t = m->waiting;
    m->waiting = NULL;
    if (t)
        task_wake(t);
}

bool mailbox_post(struct mailbox *m, int kind, const void *data, size_t n)
{
    if (m->count == m->max)
        return false;
    struct event *ev = must(malloc(sizeof *ev + n + 1));
    ev->kind = kind;
    ev->n = n;
    if (n)
        memcpy(ev->data, data, n);
    ev->data[n] = 0;
    list_append(&m->events, &ev->link);
    m->count++;
    wake_owner(m);
    return true;
}

struct event *mailbox_take(struct mailbox *m)
{
    struct event *ev = LIST_FIRST(&m->events, struct event, link);
    if (ev) {
        list_remove(&ev->link);
        m->count--;
    }
    return ev;
}

static void on_deadline(void *arg)
{
    wake_owner(arg);
}

struct event *await_event(struct mailbox *m, uint64_t deadline)
{
    struct event *ev = mailbox_take(m);
    if (ev || !clock_left(deadline))
        return ev;
    CHECK(!m->waiting); /* a mailbox has one owner */
    m->waiting = task_self();
    struct timer *t = timer_after(clock_left(deadline), on_deadline, m);
    task_park();
    timer_cancel(&t);
    return mailbox_take(m);
}

void event_free(struct event *ev)
{
    free(ev);
}
