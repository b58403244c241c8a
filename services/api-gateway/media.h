/* Recordings: links to them, ours, signed, good for five minutes; and where they lie. */
#pragma once
#include "api.h"
#include "voice/recording.h"

bool media_configure(void); /* false: told on stderr */
const struct recording_places *media_places(void);

const char *media_link(struct scope *s, const char *agent_id, const char *call_id);
/* ?format=: "wav", "mp3", or NULL: whichever is at hand. */
enum err media_format(struct req *r, const char **out) MUST_CHECK;
