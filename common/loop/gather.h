/*
 * Group commit: items that arrive while one batch is at work travel together in the next one. So a
 * lone item goes at once, and a flood costs few round trips. Each caller gets its batch's result.
 *
 *     gather_init(&events, "call.status", 200, 60 * 1024, publish_events, NULL);
 *     TRY(await_gathered(&events, json));
 *
 * run() gets the items joined by commas, in the order they came, and ends by a deadline of its own.
 */
#pragma once
#include "base/err.h"
#include "base/list.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum err gather_run(void *arg, const char *items, size_t n);

struct gather {
    const char *name;            /* of the task that runs the batches */
    size_t max_items, max_bytes; /* of one batch; an item larger than max_bytes is ERR_TOO_BIG */
    gather_run *run;
    void *arg;
    struct list waiting, batch; /* batch: what run() is at work on */
    size_t depth;               /* at most GATHER_DEPTH_MAX callers wait; beyond, ERR_BUSY */
    bool busy;
};
#define GATHER_DEPTH_MAX 10000

void gather_init(struct gather *g, const char *name, size_t max_items, size_t max_bytes,
                 gather_run *run, void *arg);
/* For run(): the nth item of its batch, counted from 0, hears e although the batch is OK. */
void gather_refuse(struct gather *g, size_t nth, enum err e);
enum err await_gathered(struct gather *g, const char *item) MUST_CHECK;
