/*
 * Placing one call. The attempt is fenced: however often call.dial is delivered, whatever dies in
 * between, at most one request leaves for it, and an attempt whose request may have left is never
 * sent again: it is `unknown` until a callback or the reconciler tells.
 *
 *     queued -> claimed -> posting -> bound | refused | unknown          unknown -> bound | absent
 */
#pragma once
#include "io/mq.h"

msg_handler dial;
