/* What a task sees: its statement tried until the server begins it, its rows, its faults. */
#include "io/db_impl.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/span.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTS      8 /* of a statement the server has refused to begin */
#define BUDGET_MAX_MS 5000
#define SLOW_MS       500
#define ROWS_MAX      (16u << 20) /* bytes of one answer: a scope keeps it as long as it lives */

/* ---- asking ---- */

/* A refusal takes a turn of the loop: who tries again and again must not stop the process. */
static enum err await_refusal(void)
{
    await_sleep(1);
    return ERR_BUSY;
}

static enum err await_once(const struct ask *ask, struct pg_result **res)
{
    struct conn *k = pool_pick();
    if (!k)
        return await_refusal();
    struct answer a = {.wait = WAIT_HERE};
    conn_send(k, ask, &a);
    await_wait(&a.wait);
    *res = a.result;
    return a.err;
}

static void count_error(const char *sqlstate)
{
    char labels[32];
    snprintf(labels, sizeof labels, "sqlstate=\"%s\"", sqlstate);
    metric_add("va_db_errors_total", labels, 1);
}

static enum err unanswered(struct scope *s, enum err e)
{
    count_error(e == ERR_TIMEOUT ? "deadline" : "unavailable");
    return fail(s, e, NULL, NULL,
                e == ERR_TIMEOUT ? "the database did not answer in time"
                                 : "the database is not available");
}

/* OK: the server has answered, well or badly; *yours is what it said. */
static enum err await_answer(struct scope *s, const struct ask *ask, struct pg_result **yours)
{
    enum err e = ERR_TIMEOUT;
    *yours = NULL;
    for (int i = 0; i < ATTEMPTS && clock_left(ask->deadline); i++) {
        result_clear(*yours);
        *yours = NULL;
        e = await_once(ask, yours);
        if (e || !result_unbegun(*yours))
            break;
    }
    return e ? unanswered(s, e) : OK;
}

static uint64_t deadline_of(const struct scope *s)
{
    return sooner(s->deadline, clock_ms() + BUDGET_MAX_MS);
}

/* ---- what came of it ---- */

static enum err hand_over(struct scope *s, struct pg_result *res, struct rows **out)
{
    struct rows *r = NULL;
    if (out && result_size(res) <= ROWS_MAX)
        r = arena_try(s->arena, sizeof *r);
    if (!r) {
        result_clear(res);
        return out ? fail(s, ERR_TOO_BIG, NULL, NULL, "the database's answer is too large") : OK;
    }
    *r = (struct rows){.n = result_rows(res), .result = res};
    arena_defer(s->arena, result_clear, res);
    *out = r;
    return OK;
}

/* A message may quote data; that of a mistake in the statement itself (class 42) does not. */
static void log_bug(const struct scope *s, const char *name, const struct pg_error *e)
{
    log_error(s, "db.failed", "statement", name, "sqlstate", e->state, "why",
              strncmp(e->state, "42", 2) == 0 ? e->message : NULL);
}

static enum err refused(struct scope *s, const char *name, struct pg_result *res)
{
    struct pg_error e = result_error(res);
    count_error(e.state);
    if (sqlstate_err(e.state) == ERR_BUG)
        log_bug(s, name, &e);
    enum err err = sqlstate_fail(s, &e);
    result_clear(res);
    return err;
}

static void measure(const struct scope *s, const struct statement *st, uint64_t began_us,
                    enum err e)
{
    uint64_t now = clock_us(), us = now - began_us;
    metric_time("va_db_seconds", st->labels, us);
    span_past(s->trace, SPAN_CLIENT, st->sql->name, began_us, now, e);
    if (us / 1000 > SLOW_MS)
        log_warn(s, "db.slow", "statement", st->sql->name, "ms", fmt_int((long long)(us / 1000)));
}

enum err await_db_params(struct scope *s, const struct sql *sql, struct rows **out, int n,
                         const char *const *params)
{
    if (n != sql->params)
        die("db: %s takes %d parameters, not %d", sql->name, sql->params, n);
    struct ask ask = {.sql = sql,
                      .params = params,
                      .role = s->db_role,
                      .tenant = s->tenant,
                      .unproven = s->unproven,
                      .trace = span_sampled(s->trace) ? s->trace : NULL,
                      .deadline = deadline_of(s)};
    struct pg_result *res;
    uint64_t began = clock_us();
    if (out)
        *out = NULL;
    enum err e = await_answer(s, &ask, &res);
    measure(s, statement_of(sql), began, e);
    if (e)
        return e;
    if (!result_good(res))
        return refused(s, sql->name, res);
    s->unproven = NULL;
    return hand_over(s, res, out);
}

enum err await_db_check(struct scope *s, const struct sql *sql)
{
    struct ask ask = {.sql = sql, .check = true, .deadline = deadline_of(s)};
    struct pg_result *res;
    TRY(await_answer(s, &ask, &res));
    arena_defer(s->arena, result_clear, res);
    struct pg_error e = result_error(res);
    if (!result_good(res))
        return fail(s, ERR_BUG, e.state, sql->name, "%s", e.message ? e.message : "");
    int n = result_params(res);
    if (n != sql->params)
        return fail(s, ERR_BUG, NULL, sql->name, "takes %d parameters, not %d", n, sql->params);
    return OK;
}

/* ---- rows ---- */

const char *row(const struct rows *r, int i, const char *column)
{
    CHECK(i >= 0 && i < r->n);
    int c = result_column(r->result, column);
    if (c < 0)
        die("db: no column %s in this result", column);
    return result_text(r->result, i, c);
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

/* "2026-11-22 09:00:00.12+00", the session's zone being UTC, is "2026-11-22T09:00:00.120Z". */
static void put_time(struct buf *out, const char *text)
{
    size_t n = text[19] == '.' ? strspn(text + 20, "0123456789") : 0;
    if (strlen(text) < 22) {
        buf_put_json(out, text); /* infinity */
        return;
    }
    buf_printf(out, "\"%.10sT%.8s.%.*s%sZ\"", text, text + 11, (int)(n < 3 ? n : 3), text + 20,
               &"000"[n < 3 ? n : 3]);
}

static void put_value(struct buf *out, enum kind kind, const char *text)
{
    if (!text)
        buf_puts(out, "null");
    else if (kind == KIND_BOOL)
        buf_puts(out, *text == 't' ? "true" : "false");
    else if (kind == KIND_RAW)
        buf_puts(out, text);
    else if (kind == KIND_TIME)
        put_time(out, text);
    else
        buf_put_json(out, text);
}

void row_put_json(struct buf *out, const struct rows *r, int i, const char *from, const char *until)
{
    int first = result_column(r->result, from);
    int end = until ? result_column(r->result, until) : result_columns(r->result);
    CHECK(i >= 0 && i < r->n && first >= 0 && end > first);
    for (int c = first; c < end; c++) {
        buf_puts(out, c > first ? "," : "");
        buf_put_json(out, result_name(r->result, c));
        buf_putc(out, ':');
        put_value(out, result_kind(r->result, c), result_text(r->result, i, c));
    }
}
