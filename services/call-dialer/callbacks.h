/*
 * What Twilio said, arriving as call.status, call.recording and call.amd events from the ingestors,
 * and from the reconciler when it had to ask. One statement applies a whole message.
 */
#pragma once
#include "io/mq.h"

msg_handler callbacks_status, callbacks_recording, callbacks_amd;

/* {"events": [...]} as in proto/call.status.schema.json. kind: 'status', 'recording', 'amd', 'asked'. */
enum err await_apply(struct scope *s, const char *kind, const char *events,
                     bool keep_orphans) MUST_CHECK;
