/*
 * recording.store: a recording is brought to where it belongs, step by step, from whatever has been done
 * so far. Into our store (compared there with what Twilio sent), then out of Twilio's; or, when it was
 * deleted, out of both. What fails is tried again, for as long as it takes.
 */
#pragma once
#include "base/scope.h"
#include "io/mq.h"

bool recordings_configure(void); /* false: told on stderr */
msg_handler recording_store;

/* Reconciler's steps: what is due again, what has been kept long enough, what we never heard of. */
enum err await_recordings_due(struct scope *s) MUST_CHECK;
enum err await_recordings_expire(struct scope *s) MUST_CHECK;
enum err await_recordings_find(struct scope *s) MUST_CHECK;
