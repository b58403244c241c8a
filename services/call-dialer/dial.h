/*
 * Placing calls. The attempt is fenced: however often call.dial is delivered, whatever dies in
 * between, at most one request leaves for it, and an attempt whose request may have left is never
 * sent again: it is `unknown` until a callback or the reconciler tells.
 *
 *     queued -> posting -> bound | refused | unknown          unknown -> bound | absent
 *
 * A call.dial says that its attempt is ready. Which of the ready ones goes next, and when, the database
 * says (dial_next): each delivery that is held here is one call that may be placed.
 */
#pragma once
#include "io/mq.h"

msg_handler dial;
void dial_close(void); /* what waits for its turn is given back */
