/*
 * The pipeline's turn.answer worded as TwiML. All URLs are absolute and ours; audio links are signed
 * and unguessable, because Twilio's Play requests carry nothing that proves who asks.
 */
#pragma once
#include "hook.h"
#include "messages.h"

/* Replies to r with the document of this answer. */
enum err answer_reply(struct req *r, const struct turn_answer *a) MUST_CHECK;

/* To the agent who has taken a transfer: its words, and a key to be pressed if it says "listen". */
enum err answer_whisper(struct req *r, const struct turn_answer *a) MUST_CHECK;

/* The pipeline did not answer in time: keep the caller on the line with a pause and ask again, at
 * most a few times; then apologise. Never Twilio's error voice. beginning: nothing was said yet in
 * this call, so that the disclosure comes first. */
enum err answer_without_pipeline(struct req *r, bool beginning) MUST_CHECK;
enum err answer_document(struct req *r, const char *twiml) MUST_CHECK;
