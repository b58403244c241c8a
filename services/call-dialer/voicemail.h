/*
 * A machine answered: the voice agent's setting says whether its message is left after the beep, or the
 * call ends. Both replace what the call is doing at the provider, so whatever the conversation was about
 * to say is not said: nobody converses with a mailbox.
 */
#pragma once
#include "base/scope.h"

/* {"events": [...]} as in proto/call.amd.schema.json, already applied. A second time changes nothing. */
enum err await_voicemail(struct scope *s, const char *events) MUST_CHECK;
