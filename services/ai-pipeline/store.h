/*
 * Finished turns on their way to the database: published as turn.done with confirms, kept in bounded
 * memory while the broker is away, and stored by whoever consumes the queue.
 *
 *     store_turns(call_sid, tenant, &turn, 1);          copies; never blocks
 */
#pragma once
#include "io/mq.h"
#include "messages.h"
#include <stdbool.h>

void store_turns(const char *call_sid, const char *tenant, const struct turn_done_turn *turns,
                 size_t n);
bool store_idle(void); /* everything is with the broker */
void store_open(void);
void store_close(void);

msg_handler store_done; /* queue turn.done: stores each turn once, then refreshes the transcript */
