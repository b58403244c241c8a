#include "io/db_impl.h"
#include "base/die.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct statement *statements[STATEMENTS_MAX]; /* open hash by address */
static unsigned n_statements;

static struct statement *learn(const struct sql *sql)
{
    for (unsigned i = 0; i < STATEMENTS_MAX; i++)
        if (statements[i] && strcmp(statements[i]->sql->name, sql->name) == 0)
            die("db: two statements are named %s", sql->name);
    CHECK(n_statements < STATEMENTS_MAX / 2);
    struct statement *st = must(calloc(1, sizeof *st));
    *st = (struct statement){.sql = sql, .index = n_statements++};
    snprintf(st->labels, sizeof st->labels, "statement=\"%s\"", sql->name);
    return st;
}

struct statement *statement_of(const struct sql *sql)
{
    unsigned i = (unsigned)((uintptr_t)sql >> 3) * 2654435761u % STATEMENTS_MAX;
    while (statements[i] && statements[i]->sql != sql)
        i = (i + 1) % STATEMENTS_MAX;
    if (!statements[i])
        statements[i] = learn(sql);
    return statements[i];
}
