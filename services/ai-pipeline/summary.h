/* A finished call in a few sentences, how it came out, and what the caller said about who they are and want. */
#pragma once
#include "io/mq.h"

msg_handler summary_make; /* queue call.summarize */
