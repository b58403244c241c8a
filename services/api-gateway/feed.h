/*
 * Feeds: what happens to an agent, as server-sent events, for everybody who listens at this moment.
 *
 *     struct listener l;
 *     if (!feed_join(&l, agent_id)) ...                   too many, or this process ends
 *     struct frame *f = await_frame(&l, deadline);        NULL: deadline, l.over, or l.suspect
 *     ... f->text, f->n ...
 *     frame_drop(f);
 *     feed_leave(&l);
 *
 * The last 256 frames of a feed are kept, once for all: a listener is a place among them. One who falls
 * further behind is over, and comes back with the id of the last event it saw (events.c).
 */
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include "io/mq.h"
#include "loop/mailbox.h"
#include <stdbool.h>
#include <stdint.h>

/* One event as the wire has it; id may be NULL. */
void event_put(struct buf *b, const char *id, const char *event, const char *json);
#define EVENT_BYTES(json) (strlen(json) + 256) /* no longer than that */

struct frame {
    int refs;
    size_t n;
    char text[];
};
void frame_drop(struct frame *f);

struct feed;
struct listener {
    struct list link;
    struct feed *feed;
    uint64_t at; /* number of the frame that comes next */
    unsigned renewals;
    struct mailbox wakes;
    bool over;
    bool suspect; /* its account changed: is the session still good? Cleared by the listener */
};

bool feed_join(struct listener *l, const char *agent_id);
void feed_leave(struct listener *l);
struct frame *await_frame(struct listener *l, uint64_t deadline);

/* Own queues: call.changed, call.spoke, batch.changed; agent.changed. They wake who watches (watch.h) too. */
msg_handler feed_heard, feed_heard_agent;

void feed_open(void);
void feed_close(void); /* everybody is over, nobody joins; again is fine */
bool feed_closed(void);
