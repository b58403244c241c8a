/* An agent's calls, as they are shown. Recordings are links of ours; transcripts are read with a witness. */
#include "api.h"
#include "base/buf.h"
#include "media.h"
#include "routes.h"
#include "sql.h"

#define LIST_BYTES (512 * 1024)

static const char *const STATUSES[] = {"queued",    "initiated", "ringing", "in-progress",
                                       "completed", "failed",    "busy",    "no-answer",
                                       "canceled",  NULL};

/* The statement's item with the one member that only we can make. */
static void put_call(struct req *r, struct buf *out, const struct rows *calls, int i)
{
    buf_puts(out, "{\"recording_url\":");
    if (row_true(calls, i, "recorded"))
        buf_printf(out, "\"%s\"", media_link(&r->scope, api_who(r)->id, row(calls, i, "id")));
    else
        buf_puts(out, "null");
    buf_printf(out, ",%s", row(calls, i, "item") + 1);
}

enum err calls_list(struct req *r)
{
    struct form q;
    struct page page;
    const char *status;
    struct rows *calls;
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(api_word(r, &q, "status", STATUSES, &status));
    TRY(await_db(&r->scope, &SQL_calls_list, &calls, api_who(r)->id, status, page.size,
                 page.offset));

    struct buf out = buf_in(r->scope.arena, LIST_BYTES);
    buf_puts(&out, "{\"items\":[");
    for (int i = 0; i < calls->n && row(calls, i, "id"); i++) {
        buf_puts(&out, i ? "," : "");
        put_call(r, &out, calls, i);
    }
    buf_printf(&out, "],\"total\":%s,\"page\":%s,\"page_size\":%s}", row(calls, 0, "total"),
               page.number, page.size);
    if (out.over)
        return fail(&r->scope, ERR_TOO_BIG, NULL, "page_size", "the page is too large");
    return api_reply(r, 200, out.p);
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
    put_call(r, &out, call, 0);
    if (out.over)
        return fail(&r->scope, ERR_TOO_BIG, NULL, NULL, "the transcript is too long to show here");
    return api_reply(r, 200, out.p);
}

enum err calls_recording(struct req *r)
{
    const char *id, *agent = api_who(r)->id;
    struct rows *call;
    TRY(api_id(r, "call_id", &id));
    TRY(await_db(&r->scope, &SQL_call_recording, &call, agent, id));
    if (!call->n)
        return api_missing(r, "call");
    const char *sid = row(call, 0, "recording_sid");
    if (!sid)
        return fail(&r->scope, ERR_MISSING, "no_recording", NULL, "this call has no recording yet");
    return api_reply(r, 200,
                     arena_printf(r->scope.arena,
                                  "{\"recording_url\":\"%s\",\"recording_sid\":\"%s\"}",
                                  media_link(&r->scope, agent, id), sid));
}

enum err calls_transcript(struct req *r)
{
    const char *id;
    struct rows *call;
    TRY(api_id(r, "call_id", &id));
    TRY(await_db(&r->scope, &SQL_call_transcript, &call, api_who(r)->id, id, r->client));
    if (!call->n)
        return api_missing(r, "call");
    if (!row(call, 0, "body"))
        return fail(&r->scope, ERR_MISSING, "no_transcript", NULL,
                    "this call has no transcript yet");
    return api_reply(r, 200, row(call, 0, "body"));
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
