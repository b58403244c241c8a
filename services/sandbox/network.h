/* The telephone network: how calls begin and end. Each call is one task. */
#pragma once
#include "call.h"

/* An outside person rings `to`, which must be owned (NULL otherwise, or when too many calls live). */
struct call *network_ring(const char *to, const char *from, const struct js *script,
                          struct scope *s);
/* Dial a call that REST made; it waits its turn first (SANDBOX_CPS). */
void network_dial(struct call *c);
int network_listening(void); /* for machines; ends with their calls */
void script_of_callee(struct call *c, const char *number);
unsigned status_events(const char *words); /* "initiated ringing answered completed" */
void call_answer(struct call *c);
