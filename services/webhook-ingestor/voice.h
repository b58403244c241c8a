/* Handlers of the requests that want TwiML. They always answer 200 with a valid document. */
#pragma once
#include "io/httpd.h"

#define TURN_MAX_MS 13000 /* whatever TURN_MS says: the network gives up after 15 s */

req_handler voice_begin;    /* POST /webhooks/twilio/voice: a call begins */
req_handler voice_turn;     /* POST /webhooks/twilio/turn: our own action and redirect URLs */
req_handler voice_whisper;  /* POST /webhooks/twilio/whisper: the agent has taken a transfer */
req_handler voice_fallback; /* POST /webhooks/twilio/fallback: Twilio could not use what we said */
