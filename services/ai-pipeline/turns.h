/*
 * Turn mode: the front of a conversation whose sound travels by requests. Each turn.take is an event
 * of the caller, its answer the part of the reply that is there; `more` fetches the rest. A repeated
 * request gets the answer it got before.
 */
#pragma once
#include "io/mq.h"

struct arrival;
struct conversation;

msg_handler turns_take; /* turn.take */

struct conversation *turns_open(const struct arrival *a); /* NULL: too many */
/* The socket is closed, or was never had: then the call goes on in turns. */
void turns_leave_stream(struct conversation *c);
