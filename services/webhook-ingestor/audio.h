/*
 * Audio for <Play>: GET /audio/{replica}/{clip}/{token}. The clip lives in the ai-pipeline replica
 * that made it; it is fetched by an RPC with a streamed answer. The token is ours and proves that the
 * link is, so that nobody can send us asking elsewhere.
 *
 * A clip that cannot be had is a moment of silence (200): an error would end the call with Twilio's
 * error voice.
 */
#pragma once
#include "io/httpd.h"

req_handler audio_get;
const char *audio_url(struct arena *a, const char *replica, const char *clip);
