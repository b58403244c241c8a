#include "depths.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "broker.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include <stdio.h>

#define EVERY_MS 10000
#define LOOK_MS  5000

static struct mailbox wakes;
static bool closing;

static void show(const struct queue_state *q)
{
    char queue[96];
    snprintf(queue, sizeof queue, "queue=\"%s\"", q->name);
    metric_set("va_queue_messages", queue, q->depth.messages);
    metric_set("va_queue_consumers", queue, q->depth.consumers);
}

static enum err await_look(struct scope *s)
{
    struct broker b;
    TRY(await_broker_queues(s, &b));
    for (size_t i = 0; i < b.n_queues; i++)
        show(&b.queues[i]);
    return OK;
}

static void depths(void *arg)
{
    (void)arg;
    while (!closing) {
        struct scope s;
        scope_init(&s, LOOK_MS);
        enum err e = mq_ready() ? await_look(&s) : OK;
        if (e)
            log_warn(&s, "depths.failed", "error", err_name(e), "why", s.fault.message);
        scope_fini(&s);
        event_free(await_event(&wakes, clock_ms() + EVERY_MS));
    }
}

void depths_open(void)
{
    mailbox_init(&wakes, 1);
    task_spawn("depths", depths, NULL);
}

void depths_close(void)
{
    closing = true;
    mailbox_post(&wakes, 0, NULL, 0);
}
