/*
 * What was said, in the form that is asked for: one text as ever, or turn by turn with the times of the
 * recording, as text to read, as JSON, or as subtitles for a player (WebVTT).
 */
#include "api.h"
#include "base/buf.h"
#include "routes.h"
#include "sql.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX    (512 * 1024)
#define MS_PER_BYTE 65   /* of speech, where only its end is known */
#define SHORTEST_MS 1000 /* a subtitle */

/* ---- which form ---- */

/* ?format= wins; else the first of what is accepted that we have. The brief's JSON is for everybody else. */
static enum err read_format(struct req *r, const char **out, const char **source)
{
    static const char *const formats[] = {"plain", "text", "json", "vtt", NULL},
                             *const sources[] = {"live", "recording", NULL};
    struct form q;
    const char *accept = req_header(r, "Accept");
    TRY(req_query(r, &q));
    TRY(api_word(r, &q, "source", sources, source));
    *source = *source ? *source : "live";
    TRY(api_word(r, &q, "format", formats, out));
    if (*out)
        return OK;
    *out = "plain";
    if (accept && !strncasecmp(accept, "text/vtt", strlen("text/vtt")))
        *out = "vtt";
    else if (accept && !strncasecmp(accept, "text/plain", strlen("text/plain")))
        *out = "text";
    return OK;
}

static enum err none(struct req *r)
{
    return fail(&r->scope, ERR_MISSING, "no_transcript", NULL, "this call has no transcript yet");
}

static enum err send(struct req *r, const char *type, const struct buf *b)
{
    if (b->over)
        return fail(&r->scope, ERR_TOO_BIG, NULL, NULL, "the transcript is too long to show here");
    return req_reply_bytes(r, 200, type, b->p, b->n);
}

/* ---- text ---- */

static void put_clock(struct buf *b, long long ms)
{
    long long s = ms > 0 ? ms / 1000 : 0;
    buf_putc(b, '[');
    if (s >= 3600)
        buf_printf(b, "%lld:", s / 3600);
    buf_printf(b, "%02lld:%02lld] ", s / 60 % 60, s % 60);
}

/* What the model made and nobody heard stands apart: it was not said. */
static void put_line(struct buf *b, const struct rows *turns, int i)
{
    const char *text = row(turns, i, "text"), *heard = row(turns, i, "heard");
    put_clock(b, row_int(turns, i, "at"));
    if (!strcmp(row(turns, i, "role"), "tool")) {
        const char *tool = row(turns, i, "tool");
        buf_printf(b, "(%s)\n", tool ? tool : text);
        return;
    }
    buf_printf(b, "%s: %s", row(turns, i, "speaker"), heard);
    size_t n = strlen(heard);
    if (strcmp(text, heard) != 0)
        buf_printf(b, "%s[interrupted; not heard: %s]", n ? " " : "",
                   strncmp(text, heard, n) ? text : text + n + strspn(text + n, " "));
    buf_puts(b, "\n");
}

static enum err reply_text(struct req *r, const struct rows *turns)
{
    struct buf b = buf_in(r->scope.arena, TEXT_MAX);
    for (int i = 0; i < turns->n; i++)
        put_line(&b, turns, i);
    return send(r, "text/plain; charset=utf-8", &b);
}

/* ---- WebVTT ---- */

/* The three letters that mean something there; a line of its own would end the subtitle. */
static void put_escaped(struct buf *b, const char *text)
{
    for (; *text; text++)
        if (*text == '&')
            buf_puts(b, "&amp;");
        else if (*text == '<')
            buf_puts(b, "&lt;");
        else if (*text == '>')
            buf_puts(b, "&gt;");
        else
            buf_putc(b, *text == '\n' || *text == '\r' ? ' ' : *text);
}

static void put_time(struct buf *b, long long ms)
{
    buf_printf(b, "%02lld:%02lld:%02lld.%03lld", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
               ms % 1000);
}

struct span {
    long long from, to;
};

/* Of what a caller says only the end is known: it began about so long before. No subtitle begins before
   the one above it: players want them in order. */
static struct span span_of(const struct rows *turns, int i, const struct span *above)
{
    struct span x = {row_int(turns, i, "at"), row_int(turns, i, "until")};
    if (x.to <= x.from) {
        x.to = x.from;
        x.from -= (long long)strlen(row(turns, i, "heard")) * MS_PER_BYTE;
        x.from = x.from < above->to ? above->to : x.from;
    }
    x.from = x.from < above->from ? above->from : x.from;
    x.to = x.to < x.from + SHORTEST_MS ? x.from + SHORTEST_MS : x.to;
    return x;
}

/* Only what is to be heard in the recording: nothing before it, no tools, no words that were never said. */
static enum err reply_vtt(struct req *r, const struct rows *turns)
{
    struct buf b = buf_in(r->scope.arena, TEXT_MAX);
    struct span x, above = {0, 0};
    buf_puts(&b, "WEBVTT\n");
    for (int i = 0; i < turns->n; i++) {
        if (!strcmp(row(turns, i, "role"), "tool") || !*row(turns, i, "heard") ||
            (row_int(turns, i, "at") < 0 && row_int(turns, i, "until") <= 0))
            continue;
        above = x = span_of(turns, i, &above);
        buf_puts(&b, "\n");
        put_time(&b, x.from);
        buf_puts(&b, " --> ");
        put_time(&b, x.to);
        buf_puts(&b, "\n<v ");
        put_escaped(&b, row(turns, i, "speaker"));
        buf_puts(&b, ">");
        put_escaped(&b, row(turns, i, "heard"));
        buf_puts(&b, "</v>\n");
    }
    return send(r, "text/vtt; charset=utf-8", &b);
}

/* ---- asking ---- */

static enum err await_json(struct req *r, const struct sql *statement, const char *id)
{
    struct rows *call;
    TRY(await_db(&r->scope, statement, &call, api_who(r)->id, id, r->client));
    if (!call->n)
        return api_missing(r, "call");
    if (!row(call, 0, "body"))
        return none(r);
    return api_reply(r, 200, row(call, 0, "body"));
}

enum err transcripts_get(struct req *r)
{
    const char *id, *format, *source;
    struct rows *turns;
    TRY(api_id(r, "call_id", &id));
    TRY(read_format(r, &format, &source));
    req_set_header(r, "Cache-Control", "private, no-store");
    if (!strcmp(format, "plain"))
        return await_json(r, &SQL_call_transcript, id);
    if (!strcmp(format, "json"))
        return await_json(r, &SQL_transcript_json, id);
    TRY(await_db(&r->scope, &SQL_transcript_turns, &turns, api_who(r)->id, id, r->client, source));
    if (!turns->n)
        return api_missing(r, "call");
    if (!row(turns, 0, "role"))
        return none(r);
    return !strcmp(format, "vtt") ? reply_vtt(r, turns) : reply_text(r, turns);
}
