/*
 * The broker as it is: how much waits in each queue, and who is there to work on it.
 *
 *     struct broker b;
 *     TRY(await_broker(&r->scope, &b));
 *     ... b.queues[i].depth.messages, b.services[i]->ready ...
 */
#pragma once
#include "io/mq.h"
#include "messages.h"

struct queue_state {
    const char *name;
    struct mq_depth depth;
};
struct broker {
    struct queue_state *queues; /* of our table; va.dead and va.unrouted are the last two */
    size_t n_queues;
    struct system_state **services; /* who has answered; the scope's */
    size_t n_services;
};
enum err await_broker_queues(struct scope *s, struct broker *out) MUST_CHECK; /* without services */
enum err await_broker(struct scope *s, struct broker *out) MUST_CHECK;
const struct mq_depth *broker_dead(const struct broker *b); /* letters that nobody could work on */
