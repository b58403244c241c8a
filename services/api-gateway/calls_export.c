/*
 * The list of calls as CSV (RFC 4180): all of it that passes the filters, sent as it is read, a piece at
 * a time, so that neither the database nor this process ever holds more than one piece.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "list_query.h"
#include "routes.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>

#define EXPORT_MS   (15 * 60 * 1000)
#define PIECE       500
#define PIECE_TEXT  "500"
#define PIECE_BYTES (512 * 1024)

static const char *const COLUMNS[] = {
    "created_at",  "direction",   "status",           "reason",     "contact_name",
    "from_number", "to_number",   "duration_seconds", "started_at", "answered_at",
    "ended_at",    "answered_by", "has_recording",    "batch_id",   "id"};
#define COLUMNS_N (sizeof COLUMNS / sizeof *COLUMNS)

static bool is_number(const char *column)
{
    return !strcmp(column, "from_number") || !strcmp(column, "to_number");
}

/* Spreadsheets run what begins like a formula; an apostrophe says that it is text. A telephone number is
 * one in quotes already, and would be spoilt. */
static void put_cell(struct buf *out, const char *column, const char *value)
{
    buf_putc(out, '"');
    if (value && *value && strchr("=+-@\t\r", *value) && !is_number(column))
        buf_putc(out, '\'');
    for (const char *p = value ? value : ""; *p; p++) {
        if (*p == '"')
            buf_putc(out, '"');
        buf_putc(out, *p);
    }
    buf_putc(out, '"');
}

static void put_line(struct buf *out, const struct rows *calls, int i)
{
    for (size_t k = 0; k < COLUMNS_N; k++) {
        if (k)
            buf_putc(out, ',');
        put_cell(out, COLUMNS[k], calls ? row(calls, i, COLUMNS[k]) : COLUMNS[k]);
    }
    buf_puts(out, "\r\n");
}

static enum err await_piece(struct req *r, struct scope *s, const struct list_query *q,
                            struct list_place *after, char at[24], char id[80], int *n)
{
    struct rows *calls;
    TRY(await_db(s, &SQL_calls_export, &calls, api_who(r)->id, q->from, q->to, after->at, after->id,
                 PIECE_TEXT, "0", q->status, q->direction, q->recorded, q->digits, q->contact,
                 q->batch));
    *n = calls->n;
    if (!calls->n)
        return OK;
    struct buf out = buf_in(s->arena, PIECE_BYTES);
    for (int i = 0; i < calls->n; i++)
        put_line(&out, calls, i);
    if (out.over)
        return ERR_TOO_BIG;
    snprintf(at, 24, "%s", row(calls, calls->n - 1, "at"));
    snprintf(id, 80, "%s", row(calls, calls->n - 1, "id"));
    *after = (struct list_place){at, id};
    return await_req_write(r, out.p, out.n);
}

/* Each piece has a scope of its own: what it read is given back before the next. */
static enum err await_pieces(struct req *r, const struct list_query *q)
{
    struct list_place after = {0};
    char at[24], id[80];
    enum err e = OK;
    for (int n = PIECE; !e && n == PIECE;) {
        struct scope s;
        scope_init(&s, clock_left(r->scope.deadline));
        s.db_role = r->scope.db_role;
        s.tenant = r->scope.tenant;
        e = await_piece(r, &s, q, &after, at, id, &n);
        scope_fini(&s);
    }
    return e;
}

/* GET /agent/calls.csv, and /agent/calls for whoever accepts text/csv first. */
enum err calls_export(struct req *r)
{
    struct list_query q;
    struct buf head = buf_in(r->scope.arena, 1024);
    TRY(list_query_read(r, LIST_EXPORT, &q));
    TRY(await_db(&r->scope, &SQL_calls_export_note, NULL, api_who(r)->id, r->client, q.names));
    r->scope.deadline = clock_ms() + EXPORT_MS;
    req_set_header(r, "Content-Disposition", "attachment; filename=\"calls.csv\"");
    put_line(&head, NULL, 0);
    TRY(req_stream(r, 200, "text/csv; charset=utf-8; header=present", -1));
    TRY(await_req_write(r, head.p, head.n));
    return await_pieces(r, &q);
}
