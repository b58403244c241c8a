#include "numbers.h"
#include "base/die.h"
#include "script.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS_MAX 1000
#define CALLEES_MAX 5000

struct callee {
    struct list link;
    char e164[NUMBER_TEXT];
    char *json;
};

struct list numbers = {&numbers, &numbers};
static struct list callees = {&callees, &callees};
static size_t owned, people;

static const char *const defaults[] = {
#define FIELD(name, param, json, otherwise) otherwise,
#include "tbl/number.h"
#undef FIELD
};

struct number *number_owned(const char *e164)
{
    struct number *n;
    LIST_EACH(n, &numbers, struct number, link)
        if (strcmp(n->e164, e164) == 0)
            return n;
    return NULL;
}

struct number *number_by_sid(const char *sid)
{
    struct number *n;
    LIST_EACH(n, &numbers, struct number, link)
        if (strcmp(n->sid, sid) == 0)
            return n;
    return NULL;
}

struct number *number_own(const char *e164)
{
    struct number *n = number_owned(e164);
    if (n || owned == NUMBERS_MAX)
        return n;
    n = must(calloc(1, sizeof *n));
    sid_make("PN", n->sid);
    snprintf(n->e164, sizeof n->e164, "%s", e164);
    for (int f = 0; f < NUMBER_FIELDS; f++)
        n->fields[f] = must(strdup(f == NUMBER_FRIENDLY ? e164 : defaults[f]));
    list_append(&numbers, &n->link);
    owned++;
    return n;
}

void number_set(struct number *n, enum number_field f, const char *value)
{
    free(n->fields[f]);
    n->fields[f] = must(strdup(value));
}

const char *number_get(const struct number *n, enum number_field f)
{
    return n->fields[f][0] ? n->fields[f] : NULL;
}

void number_release(struct number *n)
{
    list_remove(&n->link);
    for (int f = 0; f < NUMBER_FIELDS; f++)
        free(n->fields[f]);
    free(n);
    owned--;
}

static struct callee *find(const char *e164)
{
    struct callee *c;
    LIST_EACH(c, &callees, struct callee, link)
        if (strcmp(c->e164, e164) == 0)
            return c;
    return NULL;
}

static void drop(struct callee *c)
{
    list_remove(&c->link);
    free(c->json);
    free(c);
    people--;
}

void callee_put(const char *e164, const char *json)
{
    struct callee *c = find(e164);
    if (c)
        drop(c);
    if (people == CALLEES_MAX)
        drop(LIST_FIRST(&callees, struct callee, link));
    c = must(calloc(1, sizeof *c));
    snprintf(c->e164, sizeof c->e164, "%s", e164);
    c->json = must(strdup(json));
    list_append(&callees, &c->link);
    people++;
}

const char *callee_script(const char *e164)
{
    struct callee *c = find(e164);
    return c ? c->json : script_friendly;
}

void numbers_reset(void)
{
    struct number *n;
    struct callee *c;
    while ((n = LIST_FIRST(&numbers, struct number, link)))
        number_release(n);
    while ((c = LIST_FIRST(&callees, struct callee, link)))
        drop(c);
}
