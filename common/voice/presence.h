/*
 * Who is there. Every service has this row among its queues, and so answers whoever asks everybody:
 *
 *     {QUEUE_OWN("system.look"), .prefetch = 8, .handler = presence_answer},
 *
 *     presence_detail(tell_providers);             what a service says beyond its name, version and age
 *     await_presence(&s, on_state, self);          everybody who answers within PRESENCE_MS
 */
#pragma once
#include "io/mq.h"
#include "messages.h"

#define PRESENCE_MS 600

msg_handler presence_answer;

typedef void presence_fill(struct scope *s, struct system_state *out);
void presence_detail(presence_fill *fill);

/* One answer; it and all in it is gone when the function returns. */
typedef void presence_seen(void *arg, const struct system_state *state);
enum err await_presence(struct scope *s, presence_seen *seen, void *arg) MUST_CHECK;
