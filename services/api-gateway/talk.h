/*
 * Where pages talk with the assistant: ai-pipeline's socket at /talk of MEDIA_URL's origin.
 *
 *     const char *origin = talk_origin(arena);      "wss://voice.example.com"; NULL: there is none
 */
#pragma once
#include "base/arena.h"

const char *talk_origin(struct arena *a);
