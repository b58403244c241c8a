/*
 * Waiting for a change of something that is known by its id (a call, an agent):
 *
 *     struct watch w;
 *     watch_begin(&w, call_id);               before the first look, so that nothing is missed
 *     do {
 *         e = await_db(... how is it now? ...);
 *     } while (!e && !settled && await_watch(&w, deadline));
 *     watch_end(&w);
 *
 * The broker tells this process of every change (watch_heard_call and watch_heard_agent handle its own queues). While
 * it is away, await_watch() returns once a second, so that the caller looks again by itself.
 */
#pragma once
#include "base/list.h"
#include "io/mq.h"
#include "loop/mailbox.h"

struct watch {
    struct list link;
    const char *id; /* borrowed */
    struct mailbox box;
};

void watch_begin(struct watch *w, const char *id);
bool await_watch(struct watch *w, uint64_t deadline); /* false at the absolute deadline */
void watch_end(struct watch *w);

msg_handler watch_heard_call, watch_heard_agent;
