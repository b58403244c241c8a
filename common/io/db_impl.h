/*
 * Private to db*.c. Who does what:
 *   db_statement.c  the statements this process has used
 *   db_session.c    one session with the server, from connecting to its loss: the pipeline, results,
 *                   deadlines. The only file that knows libpq
 *   db_conn.c       one connection of the pool: a session, and another after its loss
 *   db_pool.c       the connections: choosing one, readiness, one timer for all deadlines
 *   db.c            what a task sees: its statement tried, its rows, its faults
 */
#pragma once
#include "io/db.h"
#include "io/sqlstate.h"
#include "loop/task.h"
#include <stddef.h>
#include <stdint.h>

struct conn;
struct session;
struct pg_result; /* libpq's PGresult */

static inline uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- statements */

#define STATEMENTS_MAX 512 /* different ones in one process; a power of two */

/* Known since its first use; index is its place in every connection's `prepared`. */
struct statement {
    const struct sql *sql;
    unsigned index;
    char labels[96]; /* of its metric */
};
struct statement *statement_of(const struct sql *sql);

/* ---- one session */

/* What a task asks of the server; borrowed until it is sent. */
struct ask {
    const struct sql *sql;
    const char *const *params;
    const char *role, *tenant; /* NULL: the connection's own */
    const char *unproven;      /* NULL: nothing to prove */
    const char *trace;         /* for the outbox rows that follow; NULL: they have none */
    bool check;                /* run nothing: would the server take the text? */
    uint64_t deadline;
};

/* A statement in flight as its task sees it, on the task's stack. */
struct answer {
    struct wait wait;
    enum err err;             /* OK: the server has answered, well or badly */
    struct pg_result *result; /* yours; NULL without an answer */
};

/* What all connections connect to. */
struct target {
    char *url, *options, *application; /* application may be NULL */
};

/* Of the URL; yours, NULL when absent. Dies when the URL is malformed. */
char *session_url_part(const char *url, const char *keyword);
/* Begins to connect: conn_ready() or conn_lost() follows, unless it is not even alive. */
struct session *session_open(struct conn *owner, const struct target *to, const char *addresses);
void session_close(struct session **s, enum err e); /* who waits hears e; *s becomes NULL */
bool session_alive(const struct session *s);
const char *session_why(const struct session *s); /* libpq's last words; borrowed */
int session_depth(const struct session *s);       /* statements under way */
bool session_silent(const struct session *s);     /* an answer is overdue */
bool session_send(struct session *s, const struct ask *ask, struct answer *a); /* false: lost */
/* Frees the tasks whose deadline has passed; when to look again. The session may be gone after it. */
uint64_t session_look(struct session *s, uint64_t now);

/* ---- one connection */

void conn_target(const struct db_config *cfg);
void conn_target_forget(void);
struct conn *conn_create(void);
void conn_destroy(struct conn *k);   /* who waits hears ERR_CLOSING */
int conn_load(const struct conn *k); /* the less the better; INT_MAX: takes nothing now */
void conn_send(struct conn *k, const struct ask *ask, struct answer *a);
void conn_retire(struct conn *k); /* reconnects when the last statement is answered */
uint64_t conn_look(struct conn *k, uint64_t now); /* deadlines; when to look again */

/* What its session tells it. */
void conn_ready(struct conn *k);
void conn_answered(struct conn *k);
void conn_idle(struct conn *k); /* nothing is under way any more; closes the session if retired */
void conn_lost(struct conn *k, const char *why); /* closes the session */

/* ---- what the server answered */

enum kind { KIND_TEXT, KIND_RAW /* a number, JSON */, KIND_BOOL, KIND_TIME };

void result_clear(void *res); /* NULL is fine */
bool result_good(const struct pg_result *res);
bool result_unbegun(const struct pg_result *res); /* refused before anything happened: try again */
struct pg_error result_error(const struct pg_result *res); /* borrowed; the state is never NULL */
size_t result_size(const struct pg_result *res);           /* bytes */
int result_rows(const struct pg_result *res);
int result_params(const struct pg_result *res);
int result_column(const struct pg_result *res, const char *name); /* -1: none */
int result_columns(const struct pg_result *res);
const char *result_name(const struct pg_result *res, int column);
enum kind result_kind(const struct pg_result *res, int column);
const char *result_text(const struct pg_result *res, int row, int column); /* NULL: null */

/* ---- all connections */

struct conn *pool_pick(void); /* NULL: none has room */
const struct sql *pool_enter(void);
void pool_up(void); /* one more is ready */
void pool_down(void);
void pool_retire_all(void);
void pool_wake_at(uint64_t at); /* conn_look() is called by then */
