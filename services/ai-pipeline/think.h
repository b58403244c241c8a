/*
 * The model's part in a conversation: it is asked, its sentences become the reply, its tools run, and a
 * model that fails, stalls or drips is made up for. Steps of one conversation's task.
 *
 *     think(c);                               what the caller said last wants an answer
 *     ... think_event(c, ev), think_due(c) at think_wake(c) ...
 *     think_stop(c);                          the caller has moved on; nothing happens when nobody thinks
 */
#pragma once
#include "loop/mailbox.h"
#include <stdbool.h>

struct conversation;

void think(struct conversation *c);
bool think_busy(const struct conversation *c);
void think_event(struct conversation *c, const struct event *ev); /* the brain's, EV_TOOLS_RAN */
void think_due(struct conversation *c);                           /* deadlines that have passed */
uint64_t think_wake(const struct conversation *c);                /* UINT64_MAX: none */
void think_stop(struct conversation *c);
