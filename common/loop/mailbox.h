/*
 * A task's mailbox: adapters and other tasks post events, the one owner awaits them in order.
 *
 *     struct mailbox m;
 *     mailbox_init(&m, 256);
 *     mailbox_post(&m, EV_TOKEN, text, n);                  copies; false when full (the bound)
 *     struct event *ev = await_event(&m, deadline);         NULL at the deadline
 *     ... ev->kind, ev->data, ev->n ...
 *     event_free(ev);
 *     mailbox_fini(&m);                                     drops what is left
 */
#pragma once
#include "base/list.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

struct event {
    struct list link;
    int kind;
    size_t n;
    char data[]; /* n bytes and a NUL */
};

struct mailbox {
    struct list events;
    size_t count, max;
    struct task *waiting;
};

void mailbox_init(struct mailbox *m, size_t max_events);
void mailbox_fini(struct mailbox *m);
bool mailbox_post(struct mailbox *m, int kind, const void *data, size_t n);

/* The next event (the caller frees it), or NULL at the absolute deadline (clock_ms()). */
struct event *await_event(struct mailbox *m, uint64_t deadline);
struct event *mailbox_take(struct mailbox *m); /* without waiting; NULL when empty */
void event_free(struct event *ev);
