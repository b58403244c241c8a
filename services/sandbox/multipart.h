/* Parts of a multipart/form-data body (RFC 7578). Pointers are into the body. */
#pragma once
#include "base/arena.h"
#include <stdbool.h>

struct part {
    const char *name, *filename; /* the arena's; filename NULL: a plain field */
    const char *data;
    size_t n;
};
/* How many parts; -1: malformed or more than max. */
int multipart_parse(struct arena *a, const char *content_type, const char *body, size_t n,
                    struct part *out, int max);
const struct part *multipart_get(const struct part *parts, int n, const char *name);
