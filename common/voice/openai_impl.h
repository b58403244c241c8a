/*
 * Private to openai*.c. Who does what:
 *   openai.c        streams: chat and speech; errors in all their shapes
 *   openai_whole.c  await_chat(), await_transcribe(), await_models()
 */
#pragma once
#include "io/httpc.h"
#include "voice/openai.h"

struct http_ask openai_request(struct scope *s, const struct openai *ai, const char *path,
                               const struct js *body);
struct js *openai_chat_body(struct scope *s, const struct openai *ai, const struct chat_ask *ask,
                            bool stream);
void openai_read_error(int status, const char *body, size_t n, struct openai_end *end);
