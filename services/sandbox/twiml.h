/*
 * A TwiML document as a tree. Everything belongs to the arena, which needs 4 MiB for the largest one.
 *
 *     struct problem why = {0};
 *     struct element *root = twiml_parse(a, xml, n, &why);        NULL: why.code, why.text
 *     for (struct element *verb = root->children; verb; verb = verb->next) ...
 *
 * Parsing checks well-formedness and the root; twiml_check() tells what Twilio's schema would warn
 * about (12200): names are case-sensitive.
 */
#pragma once
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>

#define TWIML_MAX   (64 * 1024)
#define TWIML_ARENA (4u << 20)

struct attribute {
    const char *name, *value;
    struct attribute *next;
};
struct element {
    const char *name, *text; /* text: of this element and, for Say, of the markup inside it */
    struct attribute *attributes;
    struct element *children, *next;
};
struct problem {
    int code; /* Twilio's error code */
    char text[200];
};

struct element *twiml_parse(struct arena *a, const char *xml, size_t n, struct problem *why);
bool twiml_is(const struct element *e, const char *name);
const char *twiml_attr(const struct element *e, const char *name, const char *otherwise);
/* otherwise when absent; -1 when it is not a whole number of at least 0 */
long twiml_int(const struct element *e, const char *name, long otherwise);
bool twiml_flag(const struct element *e, const char *name, bool otherwise);
/* Whether a space-separated attribute contains the word. */
bool twiml_has(const struct element *e, const char *name, const char *otherwise, const char *word);

typedef void twiml_warn(void *arg, int code, const char *text);
void twiml_check(struct arena *a, const struct element *root, twiml_warn *warn, void *arg);
