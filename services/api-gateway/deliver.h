/* Posts events to the systems of agents: handler of webhook.deliver. */
#pragma once
#include "io/mq.h"

msg_handler deliver;
