/*
 * PostgreSQL (libpq in pipeline mode on the loop). Statements come from .sql files: sqlgen.py makes
 * `struct sql SQL_<file>` of each. They are prepared on first use, per connection.
 *
 *     struct rows *call;
 *     TRY(await_db(&r->scope, &SQL_call_get, &call, who->id, id));
 *     if (call->n == 0) return fail(...);
 *     const char *status = row(call, 0, "status");       NULL for an SQL null
 *
 * One flow step is one statement: connections are shared and pipelined, so a transaction never spans
 * two calls. Each statement runs in its own implicit transaction, preceded in the same one by
 * set_config('role', scope->db_role) and set_config('app.tenant', scope->tenant) when the scope has
 * them, both local to that transaction.
 *
 * A session is checked without a round trip of its own: while scope->unproven is set, db_config.enter
 * runs in that place, with the role, the tenant and the session. It does what set_config would, or fails
 * (SQLSTATE 28000), and then the statement behind it has not run. Once one has, unproven is NULL.
 *
 * Errors by SQLSTATE: 23505, 23P01 CONFLICT, 23503 MISSING, 23514/22xxx UNPROCESSABLE, 57014 TIMEOUT,
 * 28000 UNAUTHENTICATED, 40001/40P01/55P03/53xxx/57Pxx/25006 and a lost or absent connection BUSY; anything else BUG.
 * P0001 (raise exception in a flow function) is CONFLICT: its message is the fault's code, its detail
 * the fault's message, its column the fault's field. Of a violated constraint the field is the column,
 * when the constraint has PostgreSQL's default name (<table>_<column>_key).
 * The deadline is the scope's, at most 5 s; a server that does not answer frees the task by then.
 * A statement whose connection was lost after it was sent may have happened: ERR_BUSY too.
 * So has one whose rows take more than 16 MiB: ERR_TOO_BIG.
 */
#pragma once
#include "base/buf.h"
#include "base/scope.h"
#include <stdbool.h>

struct sql {
    const char *name, *text;
    int params;
};

struct rows {
    int n;
    void *result; /* the arena's: freed with the scope */
};

struct db_config {
    const char *url;         /* libpq URL */
    const char *role;        /* "va_gateway": SET ROLE at connect; NULL = none */
    int connections;         /* 0 = 4 */
    const char *application; /* application_name */
    const struct sql *enter; /* proves scope->unproven; NULL: no scope of this process has one */
};

void db_open(const struct db_config *cfg); /* connects in the background, reconnects with backoff */
bool db_ready(void);                       /* at least one connection is up */
void db_close(void);
enum err await_db_ready(uint64_t deadline) MUST_CHECK; /* ERR_TIMEOUT */

enum err await_db_params(struct scope *s, const struct sql *q, struct rows **out, int n,
                         const char *const *params) MUST_CHECK;

/* Parameters are text (NULL = SQL null) and cast in the statement ($1::uuid). out may be NULL. */
#define await_db(s, q, out, ...)                                                                   \
    await_db_params(s, q, out, (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), \
                    (const char *const[]){__VA_ARGS__})

/*
 * For a contract test: does the server take this text, with as many parameters as sqlgen.py counted?
 * Nothing is run. ERR_BUG with the server's words in fault.message, the statement's name in .field.
 */
enum err await_db_check(struct scope *s, const struct sql *q) MUST_CHECK;

const char *row(const struct rows *r, int i, const char *column);   /* dies on an unknown column */
long long row_int(const struct rows *r, int i, const char *column); /* 0 for null */
bool row_true(const struct rows *r, int i, const char *column);

/* The columns from that one on, up to the one before until (NULL: to the last), as members of a JSON object, without
 * its braces: what PostgreSQL would make of them by json_build_object at twenty times the price. Times are RFC 3339
 * UTC, as iso() writes them. */
void row_put_json(struct buf *out, const struct rows *r, int i, const char *from,
                  const char *until);
