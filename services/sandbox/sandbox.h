/* What the whole process shares: configuration and the latencies it imitates. */
#pragma once
#include "base/env.h"

struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
};
extern struct config cfg;

/* Milliseconds of real time; never scaled by SANDBOX_SPEED. */
struct latency {
    int first_token, token, speech_first_byte, speech_per_second, transcription, twilio;
};
extern struct latency latency;
void latency_reset(void);

#define API_VERSION "2010-04-01"
const char *sandbox_url(void); /* "http://127.0.0.1:8090" */
