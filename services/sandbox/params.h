/*
 * Name/value pairs of a webhook, in order. Memory is the arena's.
 *
 *     struct params p = {.arena = a};
 *     params_add(&p, "CallSid", sid);          borrowed strings
 *     const char *body = params_form(a, &p);    "CallSid=CA...&To=%2B1..."
 */
#pragma once
#include "base/arena.h"
#include <stddef.h>

#define PARAMS_MAX 64

struct param {
    const char *name, *value;
};
struct params {
    struct arena *arena;
    struct param list[PARAMS_MAX];
    size_t n;
};

void params_add(struct params *p, const char *name, const char *value); /* NULL value: left out */
void params_int(struct params *p, const char *name, long long value);
const char *params_form(struct arena *a, const struct params *p);
