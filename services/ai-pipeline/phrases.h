/*
 * What the assistant says without the model, in the languages of phrases.tbl.h, and the filling in of
 * names.
 *
 *     struct names who = {.voice_agent = "Sarah", .agent = "Ana Lee", .company = "Lee Homes"};
 *     const char *words = phrase(arena, PHRASE_GREETING, "en-US", &who);
 */
#pragma once
#include "base/arena.h"

enum phrase {
#define PHRASE(name, en, de, fr, es, it, nl) PHRASE_##name,
#include "phrases.tbl.h"
#undef PHRASE
    PHRASE_COUNT
};

struct names {
    const char *voice_agent, *agent, *company, *contact; /* NULL or "": left out */
};

/* An unknown language is spoken as English. */
const char *phrase(struct arena *a, enum phrase p, const char *language, const struct names *who);

/* Text with {voice_agent}, {agent_name}, {company_name}, {contact_name} filled in; what else is in
 * braces stays. At most 12,000 bytes. */
const char *phrase_fill(struct arena *a, const char *text, const struct names *who);
