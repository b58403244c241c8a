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
 * The broker tells this process of every change (feed.c hears it). While it is away, await_watch() returns once
 * a second, so that the caller looks again by itself.
 */
#pragma once
#include "base/list.h"
#include "loop/mailbox.h"
#include <stdbool.h>
#include <stdint.h>

#define WATCH_ANY_CALL "calls"

struct watch {
    struct list link;
    const char *id; /* borrowed */
    struct mailbox box;
};

void watch_begin(struct watch *w, const char *id);
bool await_watch(struct watch *w, uint64_t deadline); /* false at the absolute deadline */
void await_watch_change(struct watch *w,
                        uint64_t deadline); /* or the deadline, whichever is first */
void watch_end(struct watch *w);

void watch_tell(const char *id); /* it has changed */
