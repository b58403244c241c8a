/*
 * What a list is asked for: its filters, and the page of it, by number or by cursor. A parameter that is
 * unknown, given twice or impossible is 400 and named.
 *
 *     struct list_query q;
 *     TRY(list_query_read(r, LIST_AGENT, &q));
 *     TRY(await_db(..., q.from, q.to, q.after.at, q.after.id, q.fetch, q.skip, ...));
 *
 * A cursor is the place of the last call seen ("<microseconds>.<call id>.<token>", signed for whoever
 * asked); the page after it is found by index, however deep it lies, and calls that arrive meanwhile
 * neither repeat nor hide any.
 */
#pragma once
#include "api.h"

enum list_kind { LIST_AGENT, LIST_ADMIN, LIST_EXPORT /* all of it: no page */ };

struct list_place {
    const char *at, *id; /* NULL: the list's beginning */
};

/* As statements take them; NULL: not asked for. */
struct list_query {
    const char *status, *direction, *from, *to, *contact, *digits, *recorded, *batch, *agent;
    const char *number, *size; /* of the page */
    const char *fetch; /* one more than the page's size, to see whether there is a next one */
    const char *skip;
    struct list_place after;
    const char *names; /* of the parameters given, as PostgreSQL writes an array */
};

enum err list_query_read(struct req *r, enum list_kind kind, struct list_query *out) MUST_CHECK;
/* Of the parameter cursor; its id may be any text without dots. */
enum err list_place_read(struct req *r, const struct form *q, struct list_place *out) MUST_CHECK;
const char *list_cursor(struct req *r, const char *at, const char *id);

/* 400 for a parameter that is not in names (NULL-terminated). */
enum err list_known(struct req *r, const struct form *q, const char *const *names) MUST_CHECK;
