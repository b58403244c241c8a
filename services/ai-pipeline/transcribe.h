/*
 * Sound to words by the transcription server, without the words it makes up: silence is not sent at
 * all (ear.h), segments it is not sure of and phrases that models invent are dropped.
 *
 *     const char *text;
 *     TRY(await_transcribe_turn(&s, recording_sid, "en-US", hints, &text));      "" = nothing was said
 *
 * The recording is fetched from the configured Twilio; it may not be there yet: it is waited for.
 * Everything ends by the scope's deadline, one
 * retry of the server inside it; the text is the arena's. ERR_MISSING: there is no such recording.
 */
#pragma once
#include "ear.h"
#include "voice/openai.h"

enum err await_transcribe_turn(struct scope *s, const char *sid, const char *language,
                               const char *hints, const char **text) MUST_CHECK;

/* One pack; the times are the recording's. */
enum err await_transcribe_pack(struct scope *s, const struct pack *p, const char *language,
                               const char *hints, struct transcript *out) MUST_CHECK;
bool transcribe_long_packs(void); /* see ear_create() */
