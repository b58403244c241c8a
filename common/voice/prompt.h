/*
 * The instructions the model works by: who it is (the agent's own prompt or one of two default ones,
 * with the names of names.h filled in), the rules of speaking, and what it knows of this call.
 *
 *     const char *text = prompt_system(arena, &(struct prompt){...});
 *
 * Names and the agent's texts are data: they cannot add or close sections. No secret is in it.
 */
#pragma once
#include "voice/names.h"
#include <stdbool.h>
#include <stdint.h>

struct prompt {
    struct names who;
    const char *custom;   /* the agent's own; NULL or "": a default one */
    const char *template; /* which: "professional" (also NULL) or "specialist" */
    const char *commands; /* the agent's custom commands, one a line; NULL or "": none */
    const char *language; /* "en-US" */
    uint64_t wall_ms;     /* now */
    int utc_offset_s;     /* of the agent's time zone, now */
    bool outbound, can_transfer;
};

const char *prompt_system(struct arena *a, const struct prompt *p);
