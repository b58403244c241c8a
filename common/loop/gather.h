/*
 * Group commit: items that arrive while a batch is at work travel together in the next one. So a
 * lone item goes at once, and a flood costs few round trips. Each caller gets its batch's result.
 *
 *     gather_init(&events, "call.status", 200, 60 * 1024, publish_events, NULL);
 *     TRY(await_gathered(&events, json));
 *
 * run() gets the items joined by commas, in the order they came, and ends by a deadline of its own.
 * Where batches may overtake each other, at_once lets one be made while another waits for its end.
 */
#pragma once
#include "base/err.h"
#include "base/list.h"
#include <stddef.h>

struct batch {
    const char *items;
    size_t n;
    struct list in; /* the items themselves; gather's own */
};
typedef enum err gather_run(void *arg, struct batch *batch);

struct gather {
    const char *name;            /* of the task that runs the batches */
    size_t max_items, max_bytes; /* of one batch; an item larger than max_bytes is ERR_TOO_BIG */
    gather_run *run;
    void *arg;
    unsigned at_once; /* batches at work; 1, unless set otherwise after gather_init() */
    struct list waiting;
    size_t depth; /* at most GATHER_DEPTH_MAX callers wait; beyond, ERR_BUSY */
    unsigned busy;
};
#define GATHER_DEPTH_MAX 10000

void gather_init(struct gather *g, const char *name, size_t max_items, size_t max_bytes,
                 gather_run *run, void *arg);
/* For run(): the nth item, counted from 0, hears e although the batch is OK. */
void gather_refuse(struct batch *b, size_t nth, enum err e);
enum err await_gathered(struct gather *g, const char *item) MUST_CHECK;
