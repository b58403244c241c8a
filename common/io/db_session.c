/*
 * One session with the server, from connecting to its loss: the pipeline and what came through it. The
 * only file that knows libpq.
 */
#include "io/db_impl.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "loop/loop.h"
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define SILENCE_MAX_MS 6000 /* an answer is due, nothing comes: a stopped server still acks TCP */
#define SILENCE_BAD_MS 1000 /* use such a connection only when there is no other */
#define TLS_LOOK_MS    50

struct step {
    struct statement *statement; /* NULL when checking */
    bool prepares;
};

/* One pipeline segment: what is sent up to a sync, one implicit transaction. */
struct query {
    struct list link; /* session->due */
    struct step steps[4];
    int n_steps, at; /* at: the step whose results come now */
    uint64_t deadline;
    struct answer *answer; /* NULL: the task has left at its deadline */
    PGresult *result;      /* of the last step, or the first error */
};

#define SESSION_MAGIC 0x64627365u
struct session {
    uint32_t magic;
    bool ready; /* connected, in pipeline mode */
    struct conn *owner;
    PGconn *pg;
    uv_poll_t *poll;
    int fd, events;
    struct list due; /* struct query, oldest first */
    int depth;
    uint64_t heard; /* last answer, or when the oldest unanswered statement was sent */
    bool prepared[STATEMENTS_MAX];
};

/* Must not depend on search_path or the role: it runs before both are known. */
static const struct sql enter_scope = {
    "db_enter_scope",
    "select pg_catalog.set_config('app.trace', $3, true), pg_catalog.set_config('role', $1, true),"
    " pg_catalog.set_config('app.tenant', $2, true)",
    3};

static void on_io(uv_poll_t *p, int status, int events);

/* ---- what the server answered ---- */

void result_clear(void *res)
{
    PQclear(res);
}

bool result_good(const PGresult *res)
{
    return PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;
}

struct pg_error result_error(const PGresult *res)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    return (struct pg_error){.state = state ? state : "XX000",
                             .message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
                             .detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL),
                             .column = PQresultErrorField(res, PG_DIAG_COLUMN_NAME),
                             .table = PQresultErrorField(res, PG_DIAG_TABLE_NAME),
                             .constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME)};
}

static bool is_state(const PGresult *res, const char *sqlstate)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    return state && strcmp(state, sqlstate) == 0;
}

static bool is_stale_plan(const PGresult *res)
{
    const char *where = PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION);
    return is_state(res, "0A000") && where && strcmp(where, "RevalidateCachedQuery") == 0;
}

/* Nothing was prepared, it was prepared already, or the plan was outdated: nothing has begun. */
bool result_unbegun(const PGresult *res)
{
    return is_state(res, "26000") || is_state(res, "42P05") || is_stale_plan(res);
}

size_t result_size(const PGresult *res)
{
    return PQresultMemorySize(res);
}

int result_rows(const PGresult *res)
{
    return PQntuples(res);
}

int result_params(const PGresult *res)
{
    return PQnparams(res);
}

int result_column(const PGresult *res, const char *name)
{
    for (int i = 0; i < PQnfields(res); i++)
        if (strcmp(PQfname(res, i), name) == 0)
            return i;
    return -1;
}

int result_columns(const PGresult *res)
{
    return PQnfields(res);
}

const char *result_name(const PGresult *res, int column)
{
    return PQfname(res, column);
}

enum kind result_kind(const PGresult *res, int column)
{
    switch (PQftype(res, column)) { /* as in pg_type.dat */
    case 16:
        return KIND_BOOL;
    case 20:   /* int8 */
    case 21:   /* int2 */
    case 23:   /* int4 */
    case 701:  /* float8 */
    case 1700: /* numeric */
    case 114:  /* json */
    case 3802: /* jsonb */
        return KIND_RAW;
    case 1184:
        return KIND_TIME;
    default:
        return KIND_TEXT;
    }
}

const char *result_text(const PGresult *res, int row, int column)
{
    return PQgetisnull(res, row, column) ? NULL : PQgetvalue(res, row, column);
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

static void finish(struct session *s, struct query *q, enum err e)
{
    list_remove(&q->link);
    s->depth--;
    settle(q, e);
    free(q);
}

/*
 * What an error says about the connection. A Prepare that failed, or was skipped because one before
 * it failed, must be sent again; statements sent in the meantime find nothing prepared (26000) and
 * are tried again by their tasks, since the server has not begun them.
 */
static void learn_from_error(struct session *s, const struct step *step, const PGresult *res)
{
    if (step && step->statement && (step->prepares || is_state(res, "26000")))
        s->prepared[step->statement->index] = is_state(res, "42P05"); /* exists already */
    if (is_stale_plan(res))
        conn_retire(s->owner);
    if (is_state(res, "25006"))
        pool_retire_all(); /* the primary is elsewhere now: no connection is worth keeping */
}

/* Keep the last step's result or the first error; one at the sync (commit) replaces a result. */
static void take(struct session *s, struct query *q, PGresult *res)
{
    const struct step *step = q->at < q->n_steps ? &q->steps[q->at] : NULL;
    bool good = result_good(res);
    if (!good)
        learn_from_error(s, step, res);
    bool keep = good ? q->at == q->n_steps - 1 : !q->result || result_good(q->result);
    if (!keep || PQresultStatus(res) == PGRES_PIPELINE_ABORTED) {
        PQclear(res);
        return;
    }
    PQclear(q->result);
    q->result = res;
}

/* Take every answer that has arrived; false when the stream makes no sense. */
static bool drain(struct session *s)
{
    int ends = 0;
    while (!list_empty(&s->due) && !PQisBusy(s->pg)) {
        struct query *q = LIST_FIRST(&s->due, struct query, link);
        PGresult *res = PQgetResult(s->pg);
        s->heard = clock_ms();
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
            conn_answered(s->owner);
            finish(s, q, OK);
            break;
        case PGRES_COPY_IN:
        case PGRES_COPY_OUT:
        case PGRES_COPY_BOTH:
            PQclear(res); /* would come for ever */
            return false;
        default:
            take(s, q, res);
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
static void unwatch(struct session *s)
{
    if (!s->poll)
        return;
    uv_poll_stop(s->poll);
    uv_close((uv_handle_t *)s->poll, on_poll_closed);
    s->poll = NULL;
}

/* libpq may have another socket after each step of connecting. */
static void watch(struct session *s, int events)
{
    if (s->poll && s->fd != PQsocket(s->pg))
        unwatch(s);
    if (!s->poll) {
        s->fd = PQsocket(s->pg);
        s->events = 0;
        s->poll = must(calloc(1, sizeof *s->poll));
        CHECK(uv_poll_init(loop_uv(), s->poll, s->fd) == 0);
        s->poll->data = s;
    }
    if (s->events != events)
        uv_poll_start(s->poll, events, on_io);
    s->events = events;
}

/* ---- connecting ---- */

static void connected(struct session *s)
{
    if (PQsetnonblocking(s->pg, 1) != 0 || !PQenterPipelineMode(s->pg)) {
        conn_lost(s->owner, "no pipeline mode");
        return;
    }
    s->ready = true;
    watch(s, UV_READABLE);
    conn_ready(s->owner);
}

/* libpq may close its socket in here, so nothing watches it meanwhile. */
static void connect_step(struct session *s)
{
    uv_poll_stop(s->poll);
    s->events = 0;
    switch (PQconnectPoll(s->pg)) {
    case PGRES_POLLING_OK:
        connected(s);
        return;
    case PGRES_POLLING_READING:
        watch(s, UV_READABLE);
        return;
    case PGRES_POLLING_WRITING:
        watch(s, UV_WRITABLE);
        return;
    default:
        conn_lost(s->owner, session_why(s));
    }
}

/* A server's notice may quote data, and libpq would print it to stderr. */
static void drop_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

/* What stands before dbname can be overridden by the URL, what stands behind it cannot. */
static PGconn *begin_connect(const struct target *to, const char *addresses)
{
    const char *const with[][2] = {{"target_session_attrs", "read-write"},
                                   {"gssencmode", "disable"},
                                   {"keepalives_idle", "30"},
                                   {"keepalives_interval", "5"},
                                   {"keepalives_count", "3"},
                                   {"dbname", to->url},
                                   {"application_name", to->application},
                                   {"client_encoding", "UTF8"},
                                   {"options", to->options},
                                   {"hostaddr", addresses}};
    const char *keys[sizeof with / sizeof *with + 1] = {NULL};
    const char *values[sizeof with / sizeof *with + 1] = {NULL};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        keys[i] = with[i][0];
        values[i] = with[i][1];
    }
    return must(PQconnectStartParams(keys, values, 1));
}

/* ---- the pipeline ---- */

/* false: the connection is gone. */
static bool flush(struct session *s)
{
    int left = PQflush(s->pg);
    if (left < 0)
        return false;
    watch(s, left ? UV_READABLE | UV_WRITABLE : UV_READABLE);
    return true;
}

/* Answers that came before the connection broke still count. NULL, or why the session is over. */
static const char *receive(struct session *s)
{
    bool alive = PQconsumeInput(s->pg);
    bool sense = drain(s);
    if (!alive || !session_alive(s) || (sense && !flush(s)))
        return session_why(s);
    return sense ? NULL : "out of step with the server";
}

/* The session may be gone after this. */
static void tell(struct session *s, const char *why)
{
    if (why)
        conn_lost(s->owner, why);
    else if (s->depth == 0)
        conn_idle(s->owner);
}

/* A failed poll tells less than libpq does when it meets the same error; libuv has stopped it. */
static void on_io(uv_poll_t *p, int status, int events)
{
    (void)events;
    struct session *s = OBJ_CAST(struct session, p->data, SESSION_MAGIC);
    if (status < 0)
        s->events = 0;
    if (s->ready)
        tell(s, receive(s));
    else
        connect_step(s);
}

static struct query *enqueue(struct session *s, uint64_t deadline, struct answer *a)
{
    struct query *q = must(calloc(1, sizeof *q));
    *q = (struct query){.deadline = deadline, .answer = a};
    if (s->depth++ == 0)
        s->heard = clock_ms();
    list_append(&s->due, &q->link);
    pool_wake_at(PQsslInUse(s->pg) ? clock_ms() + TLS_LOOK_MS : deadline);
    return q;
}

static void add_step(struct query *q, struct statement *st, bool prepares)
{
    q->steps[q->n_steps++] = (struct step){st, prepares};
}

static bool prepare(struct session *s, struct query *q, struct statement *st)
{
    if (s->prepared[st->index])
        return true;
    add_step(q, st, true);
    s->prepared[st->index] = true;
    return PQsendPrepare(s->pg, st->sql->name, st->sql->text, 0, NULL);
}

static bool run(struct session *s, struct query *q, struct statement *st, const char *const *params)
{
    add_step(q, st, false);
    return PQsendQueryPrepared(s->pg, st->sql->name, st->sql->params, params, NULL, NULL, 0);
}

/* Prepares come first: they outlive a transaction that fails behind them. */
static bool send_statement(struct session *s, struct query *q, const struct ask *ask)
{
    bool local = ask->role || ask->tenant || ask->unproven || ask->trace;
    struct statement *st = statement_of(ask->sql);
    struct statement *enter = statement_of(ask->unproven ? pool_enter() : &enter_scope);
    const char *const who[] = {ask->role, ask->tenant, ask->unproven ? ask->unproven : ask->trace};
    return (!local || prepare(s, q, enter)) && prepare(s, q, st) &&
           (!local || run(s, q, enter, who)) && run(s, q, st, ask->params);
}

/* The unnamed statement: nothing stays behind. */
static bool send_check(struct session *s, struct query *q, const struct sql *sql)
{
    add_step(q, NULL, false);
    add_step(q, NULL, false);
    return PQsendPrepare(s->pg, "", sql->text, 0, NULL) && PQsendDescribePrepared(s->pg, "");
}

static uint64_t expire(struct session *s, uint64_t now)
{
    uint64_t next = UINT64_MAX;
    struct query *q;
    LIST_EACH(q, &s->due, struct query, link) {
        if (q->deadline > now)
            next = sooner(next, q->deadline);
        else if (q->answer)
            settle(q, ERR_TIMEOUT);
    }
    return next;
}

/* ---- for its connection ---- */

/* The URL's errors are not told in libpq's words: they may quote the password. */
char *session_url_part(const char *url, const char *keyword)
{
    char *part = NULL;
    PQconninfoOption *parts = PQconninfoParse(url, NULL);
    if (!parts)
        die("db: the database's URL is malformed");
    for (const PQconninfoOption *p = parts; p->keyword; p++)
        if (strcmp(p->keyword, keyword) == 0 && p->val && *p->val)
            part = must(strdup(p->val));
    PQconninfoFree(parts);
    return part;
}

struct session *session_open(struct conn *owner, const struct target *to, const char *addresses)
{
    struct session *s = must(calloc(1, sizeof *s));
    s->magic = SESSION_MAGIC;
    s->owner = owner;
    s->pg = begin_connect(to, addresses);
    list_init(&s->due);
    PQsetNoticeReceiver(s->pg, drop_notice, NULL);
    if (session_alive(s))
        watch(s, UV_WRITABLE);
    return s;
}

void session_close(struct session **sp, enum err e)
{
    struct session *s = *sp;
    if (!s)
        return;
    *sp = NULL;
    for (struct query *q; (q = LIST_FIRST(&s->due, struct query, link));)
        finish(s, q, e);
    unwatch(s);
    PQfinish(s->pg);
    OBJ_KILL(s, SESSION_MAGIC);
    free(s);
}

bool session_alive(const struct session *s)
{
    return PQstatus(s->pg) != CONNECTION_BAD;
}

const char *session_why(const struct session *s)
{
    return PQerrorMessage(s->pg);
}

int session_depth(const struct session *s)
{
    return s->depth;
}

bool session_silent(const struct session *s)
{
    return s->depth && s->heard + SILENCE_BAD_MS < clock_ms();
}

bool session_send(struct session *s, const struct ask *ask, struct answer *a)
{
    struct query *q = enqueue(s, ask->deadline, a);
    bool sent = ask->check ? send_check(s, q, ask->sql) : send_statement(s, q, ask);
    return sent && PQpipelineSync(s->pg) && flush(s);
}

uint64_t session_look(struct session *s, uint64_t now)
{
    const char *why = NULL;
    uint64_t next = expire(s, now);
    if (s->depth && PQsslInUse(s->pg)) {
        why = receive(s); /* bytes inside the TLS library wake no poll */
        next = sooner(next, now + TLS_LOOK_MS);
    }
    if (s->depth && !why && s->heard + SILENCE_MAX_MS <= now)
        why = "the server is silent";
    next = s->depth && !why ? sooner(next, s->heard + SILENCE_MAX_MS) : UINT64_MAX;
    tell(s, why);
    return next;
}
