#include "io/sqlstate.h"
#include <stdio.h>
#include <string.h>

/* First match wins; a short prefix stands for its whole class. */
static const struct meaning {
    const char *prefix;
    enum err err;
    const char *text;
} meanings[] = {
    {"P0001", ERR_CONFLICT, ""}, /* the flow function says what */
    {"23505", ERR_CONFLICT, "already exists"},
    {"23P01", ERR_CONFLICT, "excluded by what is there already"},
    {"23503", ERR_MISSING, "refers to something that is not there"},
    {"23514", ERR_UNPROCESSABLE, "not an allowed value"},
    {"22", ERR_UNPROCESSABLE, "malformed or out of range"},
    {"28000", ERR_UNAUTHENTICATED, "sign in first"},
    {"57014", ERR_TIMEOUT, "the database took too long"},
    {"55P03", ERR_BUSY, "locked by someone else"},
    {"40001", ERR_BUSY, "changed by someone else at the same time"},
    {"40P01", ERR_BUSY, "changed by someone else at the same time"},
    {"25006", ERR_BUSY, "the database is read-only"},
    {"25P03", ERR_BUSY, "the database closed the connection"},
    {"08", ERR_BUSY, "the database is not reachable"},
    {"53", ERR_BUSY, "the database is out of resources"},
    {"57P", ERR_BUSY, "the database is restarting"},
    {"", ERR_BUG, "a statement failed"},
};

static const struct meaning *meaning_of(const char *state)
{
    const struct meaning *m = meanings;
    while (strncmp(m->prefix, state ? state : "", strlen(m->prefix)) != 0)
        m++;
    return m;
}

enum err sqlstate_err(const char *state)
{
    return meaning_of(state)->err;
}

/*
 * PostgreSQL names the constraint, not its column, when uniqueness or a reference is violated; its
 * default names are <table>_<column>_key, _fkey and _check. Another name gives no column.
 */
static const char *column_of(const struct pg_error *e, char out[64])
{
    if (e->column || !e->table || !e->constraint)
        return e->column;
    size_t prefix = strlen(e->table);
    const char *last = strrchr(e->constraint, '_');
    if (strncmp(e->constraint, e->table, prefix) != 0 || e->constraint[prefix] != '_' ||
        last <= e->constraint + prefix + 1)
        return NULL;
    if (strcmp(last, "_key") != 0 && strcmp(last, "_fkey") != 0 && strcmp(last, "_check") != 0)
        return NULL;
    const char *column = e->constraint + prefix + 1;
    snprintf(out, 64, "%.*s", (int)(last - column), column);
    return out;
}

enum err sqlstate_fail(struct scope *s, const struct pg_error *e)
{
    const struct meaning *m = meaning_of(e->state);
    char column[64];
    if (e->state && strcmp(e->state, "P0001") == 0)
        return fail(s, m->err, e->message, e->column, "%s", e->detail ? e->detail : "");
    return fail(s, m->err, NULL, column_of(e, column), "%s", m->text);
}
