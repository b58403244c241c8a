/* An agent's calls, as they are shown. Recordings are links of ours; transcripts are read with a witness. */
#include "api.h"
#include "base/buf.h"
#include "list_query.h"
#include "media.h"
#include "routes.h"
#include "sql.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LIST_BYTES (512 * 1024)

/* The one member that only we can make. */
static void put_link(struct req *r, struct buf *out, const struct rows *calls, int i)
{
    buf_puts(out, "{\"recording_url\":");
    if (row_true(calls, i, "recorded"))
        buf_printf(out, "\"%s\",", media_link(&r->scope, api_who(r)->id, row(calls, i, "id")));
    else
        buf_puts(out, "null,");
}

/* Admins are shown no recording. */
static void put_item(struct req *r, struct buf *out, const struct rows *calls, int i)
{
    if (api_who(r)->role == ROLE_AGENT) {
        put_link(r, out, calls, i);
        buf_puts(out, "\"recording\":{");
        row_put_json(out, calls, i, "state", "id");
        buf_puts(out, "},");
    } else {
        buf_putc(out, '{');
    }
    row_put_json(out, calls, i, "id", NULL);
    buf_putc(out, '}');
}

static enum err await_page(struct req *r, const struct list_query *q, struct rows **calls)
{
    return await_db(&r->scope, &SQL_calls_list, calls, api_who(r)->id, q->from, q->to, q->after.at,
                    q->after.id, q->fetch, q->skip, q->status, q->direction, q->recorded, q->digits,
                    q->contact, q->batch);
}

static enum err await_page_admin(struct req *r, const struct list_query *q, struct rows **calls)
{
    return await_db(&r->scope, &SQL_calls_list_admin, calls, q->agent, q->from, q->to, q->after.at,
                    q->after.id, q->fetch, q->skip, q->status, q->direction, q->batch);
}

/* Behind the items: how many there are (total_exact false: more than that), and where it goes on. */
static void put_page(struct req *r, struct buf *out, const struct list_query *q,
                     const struct rows *calls, int shown, bool more)
{
    buf_printf(out, "],\"total\":%s,\"total_exact\":%s,\"page\":%s,\"page_size\":%s",
               row(calls, 0, "total"), row_true(calls, 0, "exact") ? "true" : "false",
               q->number ? q->number : "null", q->size);
    if (more)
        buf_printf(out, ",\"next_cursor\":\"%s\"}",
                   list_cursor(r, row(calls, shown - 1, "at"), row(calls, shown - 1, "id")));
    else
        buf_puts(out, ",\"next_cursor\":null}");
}

static enum err reply_list(struct req *r, const struct list_query *q, const struct rows *calls)
{
    struct buf out = buf_in(r->scope.arena, LIST_BYTES);
    int size = atoi(q->size), n = row(calls, 0, "id") ? calls->n : 0;
    int shown = n > size ? size : n;
    buf_puts(&out, "{\"items\":[");
    for (int i = 0; i < shown; i++) {
        buf_puts(&out, i ? "," : "");
        put_item(r, &out, calls, i);
    }
    put_page(r, &out, q, calls, shown, n > size);
    if (out.over)
        return fail(&r->scope, ERR_TOO_BIG, NULL, "page_size", "the page is too large");
    return api_reply(r, 200, out.p);
}

enum err calls_list(struct req *r)
{
    struct list_query q;
    struct rows *calls;
    const char *accept = req_header(r, "Accept");
    if (accept && !strncasecmp(accept, "text/csv", strlen("text/csv")))
        return calls_export(r);
    TRY(list_query_read(r, LIST_AGENT, &q));
    TRY(await_page(r, &q, &calls));
    return reply_list(r, &q, calls);
}

enum err calls_list_admin(struct req *r)
{
    struct list_query q;
    struct rows *calls;
    TRY(list_query_read(r, LIST_ADMIN, &q));
    TRY(await_page_admin(r, &q, &calls));
    return reply_list(r, &q, calls);
}

enum err calls_get(struct req *r)
{
    const char *id;
    struct rows *call;
    TRY(api_id(r, "call_id", &id));
    TRY(await_db(&r->scope, &SQL_call_get, &call, api_who(r)->id, id, r->client));
    if (!call->n)
        return api_missing(r, "call");
    struct buf out = buf_in(r->scope.arena, LIST_BYTES);
    put_link(r, &out, call, 0);
    buf_printf(&out, "\"recording\":%s,%s", row(call, 0, "recording"), row(call, 0, "item") + 1);
    if (out.over)
        return fail(&r->scope, ERR_TOO_BIG, NULL, NULL, "the transcript is too long to show here");
    return api_reply(r, 200, out.p);
}

enum err calls_turns(struct req *r)
{
    const char *id;
    struct rows *turns;
    TRY(api_id(r, "call_id", &id));
    TRY(await_db(&r->scope, &SQL_call_turns, &turns, api_who(r)->id, id, r->client));
    if (!turns->n)
        return api_missing(r, "call");
    return api_reply(r, 200, row(turns, 0, "body"));
}

enum err calls_events(struct req *r)
{
    const char *id;
    struct rows *events;
    TRY(api_id(r, "call_id", &id));
    TRY(await_db(&r->scope, &SQL_call_events, &events, api_who(r)->id, id));
    if (!events->n)
        return api_missing(r, "call");
    return api_reply(r, 200, row(events, 0, "body"));
}
