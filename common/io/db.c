#include "io/db.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/resolve.h"
#include "io/sqlstate.h"
#include "loop/loop.h"
#include "loop/task.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CONNECTIONS 4
#define QUEUE_MAX 256      /* statements under way on one connection; beyond, ERR_BUSY */
#define STATEMENTS_MAX 512 /* different ones in one process; a power of two */
#define ATTEMPTS 8         /* of a statement the server has refused to begin */
#define BUDGET_MAX_MS 5000
#define SILENCE_MAX_MS 6000 /* an answer is due, nothing comes: a stopped server still acks TCP */
#define SILENCE_BAD_MS 1000 /* use such a connection only when there is no other */
#define CONNECT_MAX_MS 3000
#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 2000
#define SLOW_MS 500
#define TLS_LOOK_MS 50
#define OPTIONS                                                                                    \
    "-c statement_timeout=3000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000 " \
    "-c timezone=UTC -c datestyle=ISO -c jit=off"

/* Known since its first use; index is its place in every connection's `prepared`. */
struct statement {
    const struct sql *sql;
    unsigned index;
    char labels[96]; /* of its metric */
};

/* A statement in flight as its task sees it, on the task's stack. */
struct answer {
    struct wait wait;
    enum err err;     /* OK: the server has answered, well or badly */
    PGresult *result; /* yours; NULL without an answer */
};

enum action { PREPARE, RUN, CHECK_TEXT, DESCRIBE };

struct step {
    enum action action;
    struct statement *statement; /* NULL when checking */
};

/* One pipeline segment: what is sent up to a sync, one implicit transaction. */
struct query {
    struct list link; /* conn->due */
    struct step steps[4];
    int n_steps, at; /* at: the step whose results come now */
    uint64_t deadline;
    struct answer *answer; /* NULL: the task has left at its deadline */
    PGresult *result;      /* of the last step, or the first error */
};

enum state { PAUSED, RESOLVING, CONNECTING, READY };

#define CONN_MAGIC 0x6462636eu
struct conn {
    uint32_t magic;
    enum state state;
    bool retired; /* takes no more statements; reconnects when the last is answered */
    PGconn *pg;
    uv_poll_t *poll;
    int fd, events;
    struct resolve *resolve;
    struct timer *timer; /* PAUSED: until the next attempt; CONNECTING: its deadline */
    struct list due;     /* struct query, oldest first */
    int depth;
    uint64_t heard; /* last answer, or when the oldest unanswered statement was sent */
    unsigned tries; /* since a statement was last answered */
    bool prepared[STATEMENTS_MAX];
};

struct ready_wait {
    struct list link;
    struct wait wait;
    uint64_t deadline;
    enum err err;
};

static struct {
    bool open;
    char *url, *options, *application, *hosts; /* hosts: NULL when libpq needs no look-up */
    int n, ready;
    struct conn **conns;
    struct list ready_waits;
    struct timer *clock; /* fires at or before the earliest deadline */
    uint64_t clock_at;
    char failure[256]; /* why the last connect failed: logged when it changes */
} db;

static struct statement *statements[STATEMENTS_MAX]; /* open hash by address */
static unsigned n_statements;

/* Must not depend on search_path or the role: it runs before both are known. */
static const struct sql enter_scope = {
    "db_enter_scope",
    "select pg_catalog.set_config('role', $1, true), pg_catalog.set_config('app.tenant', $2, true)",
    2};

static void pause_before_connect(struct conn *k);
static void on_ready_io(uv_poll_t *p, int status, int events);
static void on_connecting(uv_poll_t *p, int status, int events);
static timer_fn on_clock;

/* ---- statements ---- */

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

static struct statement *statement_of(const struct sql *sql)
{
    unsigned i = (unsigned)((uintptr_t)sql >> 3) * 2654435761u % STATEMENTS_MAX;
    while (statements[i] && statements[i]->sql != sql)
        i = (i + 1) % STATEMENTS_MAX;
    if (!statements[i])
        statements[i] = learn(sql);
    return statements[i];
}

static void count_error(const char *sqlstate)
{
    char labels[32];
    snprintf(labels, sizeof labels, "sqlstate=\"%s\"", sqlstate);
    metric_add("va_db_errors_total", labels, 1);
}

/* ---- deadlines: one timer for all ---- */

static void wake_at(uint64_t at)
{
    if (db.clock && db.clock_at <= at)
        return;
    timer_cancel(&db.clock);
    db.clock_at = at;
    db.clock = timer_after(clock_left(at), on_clock, NULL);
}

/* ---- answers ---- */

/* The task gets its answer; without a task it is dropped. */
static void settle(struct query *q, enum err e)
{
    struct answer *a = q->answer;
    q->answer = NULL;
    if (a) {
        a->err = e;
        a->result = e ? NULL : q->result;
        wait_settle(&a->wait);
    }
    if (!a || e)
        PQclear(q->result);
    q->result = NULL;
}

static void finish(struct conn *k, struct query *q, enum err e)
{
    list_remove(&q->link);
    k->depth--;
    settle(q, e);
    free(q);
}

static const char *sqlstate_of(const PGresult *res)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    return state ? state : "XX000";
}

static bool is_good(const PGresult *res)
{
    return PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;
}

static bool is_stale_plan(const PGresult *res)
{
    const char *where = PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION);
    return strcmp(sqlstate_of(res), "0A000") == 0 && where &&
           strcmp(where, "RevalidateCachedQuery") == 0;
}

/* The primary is elsewhere now: no connection of ours is worth keeping. */
static void retire_all(void)
{
    for (int i = 0; i < db.n; i++)
        db.conns[i]->retired = db.conns[i]->state == READY;
}

/*
 * What an error says about the connection. A Prepare that failed, or was skipped because one before
 * it failed, must be sent again; statements sent in the meantime find nothing prepared (26000) and
 * are tried again by their tasks, since the server has not begun them.
 */
static void learn_from_error(struct conn *k, const struct step *step, const PGresult *res)
{
    const char *state = sqlstate_of(res);
    if (step && step->statement && (step->action == PREPARE || strcmp(state, "26000") == 0))
        k->prepared[step->statement->index] = strcmp(state, "42P05") == 0; /* exists already */
    if (is_stale_plan(res))
        k->retired = true;
    if (strcmp(state, "25006") == 0)
        retire_all();
}

/* Keep the last step's result or the first error; one at the sync (commit) replaces a result. */
static void take(struct conn *k, struct query *q, PGresult *res)
{
    const struct step *step = q->at < q->n_steps ? &q->steps[q->at] : NULL;
    bool good = is_good(res);
    if (!good)
        learn_from_error(k, step, res);
    bool keep = good ? q->at == q->n_steps - 1 : !q->result || is_good(q->result);
    if (!keep || PQresultStatus(res) == PGRES_PIPELINE_ABORTED) {
        PQclear(res);
        return;
    }
    PQclear(q->result);
    q->result = res;
}

/* Take every answer that has arrived; false when the stream makes no sense. */
static bool drain(struct conn *k)
{
    int ends = 0;
    while (!list_empty(&k->due) && !PQisBusy(k->pg)) {
        struct query *q = LIST_FIRST(&k->due, struct query, link);
        PGresult *res = PQgetResult(k->pg);
        k->heard = clock_ms();
        if (!res) {
            q->at++; /* the end of one step */
            if (++ends > 1)
                return false;
            continue;
        }
        ends = 0;
        switch (PQresultStatus(res)) {
        case PGRES_PIPELINE_SYNC:
            PQclear(res);
            k->tries = 0;
            finish(k, q, OK);
            break;
        case PGRES_COPY_IN:
        case PGRES_COPY_OUT:
        case PGRES_COPY_BOTH:
            PQclear(res); /* would come for ever */
            return false;
        default:
            take(k, q, res);
        }
    }
    return true;
}

/* ---- the socket ---- */

static void on_poll_closed(uv_handle_t *h)
{
    free(h);
}

/* Before libpq closes the descriptor. */
static void unwatch(struct conn *k)
{
    if (!k->poll)
        return;
    uv_poll_stop(k->poll);
    uv_close((uv_handle_t *)k->poll, on_poll_closed);
    k->poll = NULL;
}

/* libpq may have another socket after each step of connecting. */
static void watch(struct conn *k, int events, uv_poll_cb cb)
{
    if (k->poll && k->fd != PQsocket(k->pg))
        unwatch(k);
    if (!k->poll) {
        k->fd = PQsocket(k->pg);
        k->events = 0;
        k->poll = must(calloc(1, sizeof *k->poll));
        CHECK(uv_poll_init(loop_uv(), k->poll, k->fd) == 0);
        k->poll->data = k;
    }
    if (k->events != events)
        uv_poll_start(k->poll, events, cb);
    k->events = events;
}

static void ready_changed(int by)
{
    db.ready += by;
    metric_set("va_db_ready", "", db.ready);
    if (by < 0)
        return;
    struct ready_wait *w;
    LIST_EACH(w, &db.ready_waits, struct ready_wait, link) {
        list_remove(&w->link);
        wait_settle(&w->wait);
    }
}

/* The first line of libpq's message, good until the next call. */
static const char *first_line(const char *message)
{
    static char line[sizeof db.failure];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(message, "\n"), message);
    return line;
}

/* Whatever was under way may or may not have happened. */
static void disconnect(struct conn *k, enum err e)
{
    if (k->state == READY)
        ready_changed(-1);
    k->state = PAUSED;
    for (struct query *q; (q = LIST_FIRST(&k->due, struct query, link));)
        finish(k, q, e);
    resolve_cancel(&k->resolve);
    timer_cancel(&k->timer);
    unwatch(k);
    PQfinish(k->pg);
    k->pg = NULL;
}

static void lose(struct conn *k, const char *why)
{
    log_warn(NULL, "db.lost", "why", first_line(why), "unanswered", fmt_int(k->depth));
    disconnect(k, ERR_BUSY);
    pause_before_connect(k);
}

/* false: the connection is gone. */
static bool flush(struct conn *k)
{
    int left = PQflush(k->pg);
    if (left < 0)
        return false;
    watch(k, left ? UV_READABLE | UV_WRITABLE : UV_READABLE, on_ready_io);
    return true;
}

/* Answers that came before the connection broke still count. */
static void read_answers(struct conn *k)
{
    bool alive = PQconsumeInput(k->pg);
    bool sense = drain(k);
    if (!alive || PQstatus(k->pg) == CONNECTION_BAD || (sense && !flush(k)))
        lose(k, PQerrorMessage(k->pg));
    else if (!sense)
        lose(k, "out of step with the server");
}

static void reconnect_retired(void)
{
    for (int i = 0; i < db.n; i++) {
        struct conn *k = db.conns[i];
        if (k->retired && k->state == READY && list_empty(&k->due))
            lose(k, "retired: read-only server or changed schema");
    }
}

/* A failed poll tells less than libpq does when it meets the same error; libuv has stopped it. */
static void on_ready_io(uv_poll_t *p, int status, int events)
{
    (void)events;
    struct conn *k = OBJ_CAST(struct conn, p->data, CONN_MAGIC);
    if (status < 0)
        k->events = 0;
    read_answers(k);
    reconnect_retired();
}

/* ---- connecting ---- */

static void connect_failed(struct conn *k, const char *why)
{
    const char *line = first_line(why);
    if (strcmp(db.failure, line) != 0) {
        snprintf(db.failure, sizeof db.failure, "%s", line);
        log_error(NULL, "db.connect_failed", "why", line);
    }
    disconnect(k, ERR_BUSY);
    pause_before_connect(k);
}

static void connected(struct conn *k)
{
    timer_cancel(&k->timer);
    if (PQsetnonblocking(k->pg, 1) != 0 || !PQenterPipelineMode(k->pg)) {
        connect_failed(k, "no pipeline mode");
        return;
    }
    memset(k->prepared, 0, sizeof k->prepared);
    k->state = READY;
    k->retired = false;
    k->events = 0;
    watch(k, UV_READABLE, on_ready_io);
    if (db.ready == 0)
        log_info(NULL, "db.ready");
    db.failure[0] = 0;
    ready_changed(1);
}

/* libpq may close its socket in here, so nothing watches it meanwhile. */
static void connect_step(struct conn *k)
{
    uv_poll_stop(k->poll);
    k->events = 0;
    switch (PQconnectPoll(k->pg)) {
    case PGRES_POLLING_OK:
        connected(k);
        return;
    case PGRES_POLLING_READING:
        watch(k, UV_READABLE, on_connecting);
        return;
    case PGRES_POLLING_WRITING:
        watch(k, UV_WRITABLE, on_connecting);
        return;
    default:
        connect_failed(k, PQerrorMessage(k->pg));
    }
}

static void on_connecting(uv_poll_t *p, int status, int events)
{
    (void)status; /* PQconnectPoll finds the same error and has the words for it */
    (void)events;
    connect_step(OBJ_CAST(struct conn, p->data, CONN_MAGIC));
}

static void on_connect_deadline(void *arg)
{
    connect_failed(OBJ_CAST(struct conn, arg, CONN_MAGIC), "no answer while connecting");
}

/* A server's notice may quote data, and libpq would print it to stderr. */
static void drop_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

/* What stands before dbname can be overridden by the URL, what stands behind it cannot. */
static void start_connect(struct conn *k, const char *addresses)
{
    const char *const with[][2] = {{"target_session_attrs", "read-write"},
                                   {"gssencmode", "disable"},
                                   {"keepalives_idle", "30"},
                                   {"keepalives_interval", "5"},
                                   {"keepalives_count", "3"},
                                   {"dbname", db.url},
                                   {"application_name", db.application},
                                   {"client_encoding", "UTF8"},
                                   {"options", db.options},
                                   {"hostaddr", addresses}};
    const char *keys[sizeof with / sizeof *with + 1] = {NULL};
    const char *values[sizeof with / sizeof *with + 1] = {NULL};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        keys[i] = with[i][0];
        values[i] = with[i][1];
    }
    k->state = CONNECTING;
    k->timer = timer_after(CONNECT_MAX_MS, on_connect_deadline, k);
    k->pg = must(PQconnectStartParams(keys, values, 1));
    if (PQstatus(k->pg) == CONNECTION_BAD) {
        connect_failed(k, PQerrorMessage(k->pg));
        return;
    }
    PQsetNoticeReceiver(k->pg, drop_notice, NULL);
    watch(k, UV_WRITABLE, on_connecting);
}

static void on_resolved(void *arg, const char *addresses, const char *why)
{
    struct conn *k = OBJ_CAST(struct conn, arg, CONN_MAGIC);
    k->resolve = NULL;
    if (addresses)
        start_connect(k, addresses);
    else
        connect_failed(k, why);
}

static void on_pause_over(void *arg)
{
    struct conn *k = OBJ_CAST(struct conn, arg, CONN_MAGIC);
    timer_cancel(&k->timer);
    unsigned turn = k->tries++;
    if (!db.hosts) {
        start_connect(k, NULL);
        return;
    }
    k->state = RESOLVING;
    k->resolve = resolve_start(db.hosts, turn, on_resolved, k);
}

/* Jitter, so that all connections of all processes do not come back in the same instant. */
static void pause_before_connect(struct conn *k)
{
    uint64_t ms = BACKOFF_MIN_MS << (k->tries < 6 ? k->tries : 6);
    if (ms > BACKOFF_MAX_MS)
        ms = BACKOFF_MAX_MS;
    k->timer = timer_after(ms / 2 + arc4random_uniform((uint32_t)ms / 2 + 1), on_pause_over, k);
}

/* ---- time ---- */

static void expire(struct query *q, uint64_t now, uint64_t *next)
{
    if (!q->answer)
        return;
    if (q->deadline <= now)
        settle(q, ERR_TIMEOUT);
    else if (q->deadline < *next)
        *next = q->deadline;
}

/* The earliest time at which this connection wants to be looked at again goes to next. */
static void look_at(struct conn *k, uint64_t now, uint64_t *next)
{
    struct query *q;
    LIST_EACH(q, &k->due, struct query, link)
    expire(q, now, next);
    if (k->state == READY && !list_empty(&k->due) && PQsslInUse(k->pg)) {
        read_answers(k); /* bytes inside the TLS library wake no poll */
        if (now + TLS_LOOK_MS < *next)
            *next = now + TLS_LOOK_MS;
    }
    if (list_empty(&k->due))
        return;
    if (k->heard + SILENCE_MAX_MS <= now)
        lose(k, "the server is silent");
    else if (k->heard + SILENCE_MAX_MS < *next)
        *next = k->heard + SILENCE_MAX_MS;
}

static void look_at_waits(uint64_t now, uint64_t *next)
{
    struct ready_wait *w;
    LIST_EACH(w, &db.ready_waits, struct ready_wait, link) {
        if (w->deadline <= now) {
            list_remove(&w->link);
            w->err = ERR_TIMEOUT;
            wait_settle(&w->wait);
        } else if (w->deadline < *next) {
            *next = w->deadline;
        }
    }
}

static void on_clock(void *arg)
{
    (void)arg;
    uint64_t now = clock_ms(), next = UINT64_MAX;
    timer_cancel(&db.clock);
    for (int i = 0; i < db.n; i++)
        look_at(db.conns[i], now, &next);
    look_at_waits(now, &next);
    reconnect_retired();
    if (next != UINT64_MAX)
        wake_at(next);
}

/* ---- sending ---- */

static bool is_silent(const struct conn *k)
{
    return !list_empty(&k->due) && k->heard + SILENCE_BAD_MS < clock_ms();
}

static int load_of(const struct conn *k)
{
    return k->depth + (is_silent(k) ? QUEUE_MAX : 0);
}

/* The ready connection with the shortest queue; NULL: none has room. */
static struct conn *pick(void)
{
    struct conn *best = NULL;
    for (int i = 0; i < db.n; i++) {
        struct conn *k = db.conns[i];
        if (k->state == READY && !k->retired && k->depth < QUEUE_MAX &&
            (!best || load_of(k) < load_of(best)))
            best = k;
    }
    return best;
}

static void add_step(struct query *q, enum action action, struct statement *st)
{
    q->steps[q->n_steps++] = (struct step){action, st};
}

static bool prepare(struct conn *k, struct query *q, struct statement *st)
{
    if (k->prepared[st->index])
        return true;
    add_step(q, PREPARE, st);
    k->prepared[st->index] = true;
    return PQsendPrepare(k->pg, st->sql->name, st->sql->text, 0, NULL);
}

static bool run(struct conn *k, struct query *q, struct statement *st, const char *const *params)
{
    add_step(q, RUN, st);
    return PQsendQueryPrepared(k->pg, st->sql->name, st->sql->params, params, NULL, NULL, 0);
}

/* Prepares come first: they outlive a transaction that fails behind them. */
static bool send_segment(struct conn *k, struct query *q, const struct scope *s,
                         struct statement *st, const char *const *params)
{
    bool local = s->db_role || s->tenant;
    struct statement *enter = statement_of(&enter_scope);
    const char *const who[] = {s->db_role, s->tenant}; /* NULL: the connection's own */
    return (!local || prepare(k, q, enter)) && prepare(k, q, st) &&
           (!local || run(k, q, enter, who)) && run(k, q, st, params) && PQpipelineSync(k->pg);
}

static bool send_check(struct conn *k, struct query *q, const struct sql *sql)
{
    add_step(q, CHECK_TEXT, NULL);
    add_step(q, DESCRIBE, NULL);
    return PQsendPrepare(k->pg, "", sql->text, 0, NULL) && PQsendDescribePrepared(k->pg, "") &&
           PQpipelineSync(k->pg);
}

static struct query *enqueue(struct conn *k, uint64_t deadline, struct answer *a)
{
    struct query *q = must(calloc(1, sizeof *q));
    *q = (struct query){.deadline = deadline, .answer = a};
    if (list_empty(&k->due))
        k->heard = clock_ms();
    list_append(&k->due, &q->link);
    k->depth++;
    wake_at(PQsslInUse(k->pg) ? clock_ms() + TLS_LOOK_MS : deadline);
    return q;
}

/* ---- in the task ---- */

/* A refusal takes a turn of the loop: who tries again and again must not stop the process. */
static enum err await_refusal(void)
{
    await_sleep(1);
    return ERR_BUSY;
}

static enum err await_once(struct scope *s, struct statement *st, const char *const *params,
                           uint64_t deadline, PGresult **res)
{
    struct conn *k = pick();
    if (!k)
        return await_refusal();
    struct answer a = {.wait = WAIT_HERE};
    struct query *q = enqueue(k, deadline, &a);
    if (!send_segment(k, q, s, st, params) || !flush(k))
        lose(k, PQerrorMessage(k->pg));
    await_wait(&a.wait);
    *res = a.result;
    return a.err;
}

/* Nothing was prepared, it was prepared already, or the plan was outdated: nothing has begun. */
static bool may_try_again(const PGresult *res)
{
    if (is_good(res))
        return false;
    const char *state = sqlstate_of(res);
    return strcmp(state, "26000") == 0 || strcmp(state, "42P05") == 0 || is_stale_plan(res);
}

static void clear_result(void *res)
{
    PQclear(res);
}

static enum err hand_over(struct scope *s, PGresult *res, struct rows **out)
{
    struct rows *r = out ? arena_try(s->arena, sizeof *r) : NULL;
    if (!r) {
        PQclear(res);
        return out ? ERR_TOO_BIG : OK;
    }
    *r = (struct rows){.n = PQntuples(res), .result = res};
    arena_defer(s->arena, clear_result, res);
    *out = r;
    return OK;
}

/* A message may quote data; that of a mistake in the statement itself (class 42) does not. */
static void log_bug(const struct scope *s, const char *name, const PGresult *res)
{
    const char *state = sqlstate_of(res);
    log_error(s, "db.failed", "statement", name, "sqlstate", state, "why",
              strncmp(state, "42", 2) == 0 ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY)
                                           : NULL);
}

static enum err refused(struct scope *s, const char *name, PGresult *res)
{
    struct pg_error e = {.state = sqlstate_of(res),
                         .message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
                         .detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL),
                         .column = PQresultErrorField(res, PG_DIAG_COLUMN_NAME),
                         .table = PQresultErrorField(res, PG_DIAG_TABLE_NAME),
                         .constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME)};
    count_error(e.state);
    if (sqlstate_err(e.state) == ERR_BUG)
        log_bug(s, name, res);
    enum err err = sqlstate_fail(s, &e);
    PQclear(res);
    return err;
}

static enum err unanswered(struct scope *s, enum err e)
{
    count_error(e == ERR_TIMEOUT ? "deadline" : "unavailable");
    return fail(s, e, NULL, NULL,
                e == ERR_TIMEOUT ? "the database did not answer in time"
                                 : "the database is not available");
}

static void measure(const struct scope *s, const struct statement *st, uint64_t began_us)
{
    uint64_t us = clock_us() - began_us;
    metric_time("va_db_seconds", st->labels, us);
    if (us / 1000 > SLOW_MS)
        log_warn(s, "db.slow", "statement", st->sql->name, "ms", fmt_int((long long)(us / 1000)));
}

static uint64_t deadline_of(const struct scope *s)
{
    uint64_t latest = clock_ms() + BUDGET_MAX_MS;
    return s->deadline < latest ? s->deadline : latest;
}

enum err await_db_params(struct scope *s, const struct sql *sql, struct rows **out, int n,
                         const char *const *params)
{
    if (n != sql->params)
        die("db: %s takes %d parameters, not %d", sql->name, sql->params, n);
    struct statement *st = statement_of(sql);
    uint64_t began = clock_us(), deadline = deadline_of(s);
    PGresult *res = NULL;
    enum err e = ERR_TIMEOUT;
    if (out)
        *out = NULL;
    for (int i = 0; i < ATTEMPTS && clock_left(deadline); i++) {
        PQclear(res);
        res = NULL;
        e = await_once(s, st, params, deadline, &res);
        if (e || !may_try_again(res))
            break;
    }
    measure(s, st, began);
    if (e)
        return unanswered(s, e);
    return is_good(res) ? hand_over(s, res, out) : refused(s, sql->name, res);
}

/* The unnamed statement: nothing stays behind. */
static enum err await_description(const struct sql *sql, uint64_t deadline, PGresult **res)
{
    struct conn *k = pick();
    if (!k)
        return await_refusal();
    struct answer a = {.wait = WAIT_HERE};
    struct query *q = enqueue(k, deadline, &a);
    if (!send_check(k, q, sql) || !flush(k))
        lose(k, PQerrorMessage(k->pg));
    await_wait(&a.wait);
    *res = a.result;
    return a.err;
}

enum err await_db_check(struct scope *s, const struct sql *sql)
{
    PGresult *res = NULL;
    enum err e = await_description(sql, deadline_of(s), &res);
    if (e)
        return unanswered(s, e);
    arena_defer(s->arena, clear_result, res);
    if (!is_good(res))
        return fail(s, ERR_BUG, sqlstate_of(res), sql->name, "%s",
                    first_line(PQresultErrorMessage(res)));
    if (PQnparams(res) != sql->params)
        return fail(s, ERR_BUG, NULL, sql->name, "takes %d parameters, not %d", PQnparams(res),
                    sql->params);
    return OK;
}

/* ---- rows ---- */

static int column_of(const struct rows *r, const char *column)
{
    const PGresult *res = r->result;
    for (int i = 0; i < PQnfields(res); i++)
        if (strcmp(PQfname(res, i), column) == 0)
            return i;
    die("db: no column %s in this result", column);
}

const char *row(const struct rows *r, int i, const char *column)
{
    CHECK(i >= 0 && i < r->n);
    int c = column_of(r, column);
    return PQgetisnull(r->result, i, c) ? NULL : PQgetvalue(r->result, i, c);
}

long long row_int(const struct rows *r, int i, const char *column)
{
    const char *text = row(r, i, column);
    return text ? strtoll(text, NULL, 10) : 0;
}

bool row_true(const struct rows *r, int i, const char *column)
{
    const char *text = row(r, i, column);
    return text && *text == 't';
}

/* ---- opening and closing ---- */

bool db_ready(void)
{
    return db.ready > 0;
}

enum err await_db_ready(uint64_t deadline)
{
    CHECK(db.open);
    if (db_ready())
        return OK;
    struct ready_wait w = {.wait = WAIT_HERE, .deadline = deadline};
    list_append(&db.ready_waits, &w.link);
    wake_at(deadline);
    await_wait(&w.wait);
    return w.err;
}

static const char *url_part(const PQconninfoOption *parts, const char *keyword)
{
    for (; parts->keyword; parts++)
        if (strcmp(parts->keyword, keyword) == 0)
            return parts->val && *parts->val ? parts->val : NULL;
    return NULL;
}

static char *make_options(const char *role, const char *from_url)
{
    char text[1024];
    int n = snprintf(text, sizeof text, OPTIONS "%s%s%s%s", role ? " -c role=" : "",
                     role ? role : "", from_url ? " " : "", from_url ? from_url : "");
    CHECK(n > 0 && (size_t)n < sizeof text);
    return must(strdup(text));
}

/* The URL's errors are not told in libpq's words: they may quote the password. */
static void read_url(const struct db_config *cfg)
{
    PQconninfoOption *parts = PQconninfoParse(cfg->url, NULL);
    if (!parts)
        die("db: the database's URL is malformed");
    const char *hosts = url_part(parts, "host");
    if (hosts && !url_part(parts, "hostaddr") && resolve_needed(hosts))
        db.hosts = must(strdup(hosts));
    db.url = must(strdup(cfg->url));
    db.options = make_options(cfg->role, url_part(parts, "options"));
    db.application = cfg->application ? must(strdup(cfg->application)) : NULL;
    PQconninfoFree(parts);
}

static struct conn *conn_create(void)
{
    struct conn *k = must(calloc(1, sizeof *k));
    k->magic = CONN_MAGIC;
    list_init(&k->due);
    k->timer = timer_after(0, on_pause_over, k);
    return k;
}

static void conn_destroy(struct conn *k)
{
    disconnect(k, ERR_CLOSING);
    OBJ_KILL(k, CONN_MAGIC);
    free(k);
}

void db_open(const struct db_config *cfg)
{
    CHECK(!db.open);
    db.open = true;
    list_init(&db.ready_waits);
    read_url(cfg);
    db.n = cfg->connections ? cfg->connections : CONNECTIONS;
    db.conns = must(calloc((size_t)db.n, sizeof *db.conns));
    for (int i = 0; i < db.n; i++)
        db.conns[i] = conn_create();
    metric_set("va_db_ready", "", 0);
}

void db_close(void)
{
    struct ready_wait *w;
    if (!db.open)
        return;
    for (int i = 0; i < db.n; i++)
        conn_destroy(db.conns[i]);
    LIST_EACH(w, &db.ready_waits, struct ready_wait, link) {
        list_remove(&w->link);
        w->err = ERR_CLOSING;
        wait_settle(&w->wait);
    }
    timer_cancel(&db.clock);
    free(db.conns);
    free(db.url);
    free(db.options);
    free(db.application);
    free(db.hosts);
    memset(&db, 0, sizeof db);
}
