/*
 * The names that our texts and the agents' own ones are filled with.
 *
 *     struct names who = {.voice_agent = "Sarah", .agent = "Ana Lee", .company = "Lee Homes"};
 *     const char *words = names_fill(arena, "This is {voice_agent} of {company_name}.", &who);
 */
#pragma once
#include "base/arena.h"

struct names {
    const char *voice_agent, *agent, *company, *contact; /* NULL or "": left out */
};

/* Text with {voice_agent}, {agent_name}, {company_name}, {contact_name} filled in; what else is in
 * braces stays. At most 40,000 bytes: a prompt of 8,000 characters fits in any script. */
const char *names_fill(struct arena *a, const char *text, const struct names *who);
