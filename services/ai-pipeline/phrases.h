/*
 * What the assistant says without the model, in the languages of phrases.tbl.h.
 *
 *     struct names who = {.voice_agent = "Sarah", .agent = "Ana Lee", .company = "Lee Homes"};
 *     const char *words = phrase(arena, PHRASE_GREETING, "en-US", &who);
 */
#pragma once
#include "voice/names.h"

enum phrase {
#define PHRASE(name, en, de, fr, es, it, nl) PHRASE_##name,
#include "phrases.tbl.h"
#undef PHRASE
    PHRASE_COUNT
};

/* An unknown language is spoken as English. */
const char *phrase(struct arena *a, enum phrase p, const char *language, const struct names *who);
