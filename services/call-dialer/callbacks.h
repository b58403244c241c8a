/*
 * What Twilio said, arriving as call.status, call.recording and call.amd events from the ingestors,
 * and from the reconciler when it had to ask. One statement applies all that has arrived.
 */
#pragma once
#include "io/mq.h"

void callbacks_open(void);
msg_handler callbacks_status, callbacks_recording, callbacks_amd;

/* {"events": [...]} as in proto/call.status.schema.json, now and by itself; an event without a call is kept without
   one. kind: 'recording', 'asked'. */
enum err await_apply(struct scope *s, const char *kind, const char *events) MUST_CHECK;
