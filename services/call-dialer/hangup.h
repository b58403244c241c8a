/*
 * Calls that somebody wants over: one (call.hangup), or all that wait and ring because dialing was
 * stopped (dialing.halt). A row in dial_stops is enough: its trigger sends dialing.halt.
 */
#pragma once
#include "io/mq.h"

msg_handler hangup, halt;
