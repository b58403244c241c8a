/*
 * Batches: opens their calls one after another, as their time comes (batches_release in the migrations), and
 * pauses those that should not go on. Any number of dialers share the work: each takes the batches that no
 * other one has in hand.
 */
#pragma once

void release_open(void);
void release_nudge(void); /* a batch was planned or resumed: look now, not at the next tick */
void release_close(void);
