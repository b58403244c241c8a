/*
 * Turn mode: the front of a conversation whose sound travels by requests. Each turn.take is an event
 * of the caller, its answer the part of the reply that is there; `more` fetches the rest. A repeated
 * request gets the answer it got before.
 */
#pragma once
#include "io/mq.h"

msg_handler turns_take;   /* turn.take, from the shared queue */
msg_handler turns_direct; /* this process's own queue: turn.take and turn.audio */
