/*
 * The setup of a voice agent: a number (the pool first, then bought in the agent's area), its
 * webhooks, active. Every step is one statement, visible in provisioning_steps, and may be repeated:
 * a delivery goes on where the last one stopped. A step that fails is tried again later, by the outbox.
 */
#pragma once
#include "io/mq.h"

msg_handler provision;
