#include "voice/twiml.h"
#include "base/die.h"
#include "base/utf8.h"
#include <string.h>

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

const char TWIML_APOLOGY[] = DECLARATION
    "<Response><Say>We are sorry, something went wrong on our side. We will call you back."
    "</Say><Hangup/></Response>";

/* ---- characters ---- */

static bool forbidden(int32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xfffe || c == 0xffff;
}

/* What stands for the character, or NULL when it stands for itself. */
static const char *entity(int32_t c, bool attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#xD;";
    case '"':
        return attribute ? "&quot;" : NULL;
    case '\t':
        return attribute ? "&#x9;" : NULL;
    case '\n':
        return attribute ? "&#xA;" : NULL;
    default:
        return NULL;
    }
}

static void escaped(struct twiml *t, const char *text, bool attribute)
{
    for (const char *p = text, *from = p; *p && !t->out.over; from = p) {
        int32_t c = utf8_next(&p);
        if (c == UTF8_BAD)
            buf_puts(&t->out, UTF8_REPLACEMENT);
        else if (entity(c, attribute))
            buf_puts(&t->out, entity(c, attribute));
        else if (!forbidden(c))
            buf_put(&t->out, from, (size_t)(p - from));
    }
}

/* ---- elements: a start tag is written without its ">", attributes follow, then body or close ---- */

static void element(struct twiml *t, const char *name)
{
    buf_printf(&t->out, "<%s", name);
}

static void attribute(struct twiml *t, const char *name, const char *value)
{
    if (!value)
        return;
    buf_printf(&t->out, " %s=\"", name);
    escaped(t, value, true);
    buf_putc(&t->out, '"');
}

static void attribute_int(struct twiml *t, const char *name, int value)
{
    if (value > 0)
        buf_printf(&t->out, " %s=\"%d\"", name, value);
}

/* An URL of ours, and the method beside it, which Twilio would take to be POST anyway. */
static void attribute_url(struct twiml *t, const char *name, const char *method, const char *url)
{
    attribute(t, name, url);
    attribute(t, method, url ? "POST" : NULL);
}

static void empty(struct twiml *t)
{
    buf_puts(&t->out, "/>");
}

static void body(struct twiml *t, const char *name, const char *text)
{
    buf_putc(&t->out, '>');
    escaped(t, text ? text : "", false);
    buf_printf(&t->out, "</%s>", name);
}

static void enter(struct twiml *t, const char *name)
{
    CHECK(t->depth < TWIML_DEPTH);
    buf_putc(&t->out, '>');
    t->open[t->depth++] = name;
}

static void leave(struct twiml *t)
{
    CHECK(t->depth > 0);
    buf_printf(&t->out, "</%s>", t->open[--t->depth]);
}

/* ---- the document ---- */

void twiml_begin(struct twiml *t, struct arena *a)
{
    *t = (struct twiml){.out = buf_in(a, TWIML_MAX)};
    buf_puts(&t->out, DECLARATION "<Response");
    enter(t, "Response");
}

const struct buf *twiml_finish(struct twiml *t)
{
    while (t->depth)
        leave(t);
    if (t->out.over) {
        buf_reset(&t->out);
        buf_puts(&t->out, TWIML_APOLOGY);
    }
    return &t->out;
}

/* ---- verbs ---- */

void twiml_say(struct twiml *t, const char *text, const char *voice, const char *language,
               const char *rate)
{
    element(t, "Say");
    attribute(t, "voice", voice);
    attribute(t, "language", language);
    if (!rate) {
        body(t, "Say", text);
        return;
    }
    enter(t, "Say");
    element(t, "prosody");
    attribute(t, "rate", rate);
    body(t, "prosody", text);
    leave(t);
}

void twiml_play(struct twiml *t, const char *url)
{
    element(t, "Play");
    body(t, "Play", url);
}

void twiml_pause(struct twiml *t, int seconds)
{
    element(t, "Pause");
    attribute_int(t, "length", seconds);
    empty(t);
}

void twiml_redirect(struct twiml *t, const char *url)
{
    element(t, "Redirect");
    attribute(t, "method", "POST");
    body(t, "Redirect", url);
}

void twiml_hangup(struct twiml *t)
{
    element(t, "Hangup");
    empty(t);
}

void twiml_reject(struct twiml *t, const char *reason)
{
    element(t, "Reject");
    attribute(t, "reason", reason);
    empty(t);
}

void twiml_gather(struct twiml *t, const struct twiml_gather *g)
{
    CHECK(g->speech || g->dtmf);
    element(t, "Gather");
    attribute(t, "input", g->speech && g->dtmf ? "dtmf speech" : g->speech ? "speech" : "dtmf");
    attribute_url(t, "action", "method", g->action);
    attribute_int(t, "timeout", g->timeout);
    attribute(t, "speechTimeout", g->speech_timeout);
    attribute(t, "speechModel", g->speech_model);
    attribute(t, "language", g->language);
    attribute(t, "hints", g->hints);
    attribute_int(t, "numDigits", g->digits);
    attribute(t, "finishOnKey", g->finish_key);
    attribute(t, "actionOnEmptyResult", g->action_on_empty ? "true" : NULL);
    attribute(t, "bargeIn", g->no_barge_in ? "false" : NULL);
    attribute(t, "profanityFilter", g->keep_profanity ? "false" : NULL);
    enter(t, "Gather");
}

void twiml_end_gather(struct twiml *t)
{
    CHECK(t->depth == 2 && !strcmp(t->open[1], "Gather"));
    leave(t);
}

void twiml_record(struct twiml *t, const struct twiml_record *r)
{
    element(t, "Record");
    attribute_url(t, "action", "method", r->action);
    attribute_int(t, "timeout", r->silence);
    attribute_int(t, "maxLength", r->max_seconds);
    attribute(t, "playBeep", "false");
    attribute(t, "trim", "do-not-trim");
    empty(t);
}

void twiml_start_recording(struct twiml *t, const char *status_callback)
{
    element(t, "Start");
    enter(t, "Start");
    element(t, "Recording");
    attribute(t, "channels", "dual");
    attribute_url(t, "recordingStatusCallback", "recordingStatusCallbackMethod", status_callback);
    attribute(t, "recordingStatusCallbackEvent", "completed absent");
    empty(t);
    leave(t);
}

static void parameter(struct twiml *t, const char *name, const char *value)
{
    element(t, "Parameter");
    attribute(t, "name", name);
    attribute(t, "value", value);
    empty(t);
}

void twiml_connect_stream(struct twiml *t, const struct twiml_stream *s)
{
    element(t, "Connect");
    attribute_url(t, "action", "method", s->action);
    enter(t, "Connect");
    element(t, "Stream");
    attribute(t, "url", s->url);
    enter(t, "Stream");
    parameter(t, "turn", s->turn);
    parameter(t, "token", s->token);
    leave(t);
    leave(t);
}

void twiml_dial(struct twiml *t, const struct twiml_dial *d)
{
    element(t, "Dial");
    attribute(t, "callerId", d->caller_id);
    attribute_url(t, "action", "method", d->action);
    attribute_int(t, "timeout", d->timeout);
    attribute_int(t, "timeLimit", d->limit_seconds);
    attribute(t, "answerOnBridge", "true");
    enter(t, "Dial");
    element(t, "Number");
    attribute_url(t, "url", "method", d->whisper);
    attribute_url(t, "statusCallback", "statusCallbackMethod", d->status_callback);
    attribute(t, "statusCallbackEvent",
              d->status_callback ? "initiated ringing answered completed" : NULL);
    body(t, "Number", d->number);
    leave(t);
}
