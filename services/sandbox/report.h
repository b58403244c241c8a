/*
 * The "language model" when it is asked about a call that is over: reads the transcript in the last
 * message ("Caller: ...", "Assistant: ..."), and reports what rules find in it. Every field has the words
 * it comes from; what nobody said is null.
 *
 *     const char *json = report_write(scope, messages);
 */
#pragma once
#include "io/js.h"

bool report_asked(const struct js *messages);
const char *report_write(struct scope *s, const struct js *messages);
