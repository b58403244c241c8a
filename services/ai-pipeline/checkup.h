/*
 * The servers that think, hear and speak: what we hold of them, and, asked for it, one small request to
 * each with its key and model. Keys stay here.
 */
#pragma once
#include "io/mq.h"
#include "messages.h"

#define CHECKUP_MS 12000

msg_handler checkup; /* ai.check */
void checkup_tell(struct scope *s, struct system_state *out);
