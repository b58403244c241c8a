/*
 * The outbox relay: publishes what every service wrote to the outbox in the same statement as its
 * change, waits for the broker's confirms, and marks the rows sent. A row may go out twice (a relay
 * that dies between confirm and mark), never not at all; consumers dedupe. outbox.not_before is the
 * system's scheduler.
 *
 * Any number of relays share the work: each takes a lease on the rows it publishes.
 */
#pragma once
#include <stdbool.h>

void relay_open(void);
void relay_nudge(void); /* look now, not at the next tick */
void relay_close(void);
bool relay_idle(void);
