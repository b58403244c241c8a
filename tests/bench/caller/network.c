/* The telephone network: signed webhooks, TwiML, clips. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "caller.h"
#include "io/httpc.h"
#include "voice/signature.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_MS    15000 /* as the real one waits */
#define REDIRECTS_MAX 20
#define CLIP_MIN      2000 /* what a missing clip is replaced by is shorter */

static struct turn turns[CALLERS_MAX + 1];

struct turn *turn_of(unsigned caller)
{
    return caller <= CALLERS_MAX ? &turns[caller] : NULL;
}

/* ---- TwiML: as our own services write it ---- */

static const char *unescaped(struct arena *a, const char *from, size_t n)
{
    char *text = arena_strndup(a, from, n), *to = text;
    for (const char *p = text; *p; p++) {
        *to++ = *p;
        if (strncmp(p, "&amp;", 5) == 0)
            p += 4;
    }
    *to = 0;
    return text;
}

/* What stands between `mark`, the next one at or behind *at, and `end`; moves *at there. NULL: none. */
static const char *between(struct arena *a, const char **at, const char *mark, char end)
{
    const char *p = strstr(*at, mark), *to = p ? strchr(p + strlen(mark), end) : NULL;
    if (!to)
        return NULL;
    *at = to;
    return unescaped(a, p + strlen(mark), (size_t)(to - p) - strlen(mark));
}

static const char *attribute(struct arena *a, const char *twiml, const char *tag, const char *mark)
{
    const char *at = strstr(twiml, tag);
    return at ? between(a, &at, mark, '"') : NULL;
}

static const char *redirect_of(struct arena *a, const char *twiml)
{
    const char *at = strstr(twiml, "<Redirect");
    return at ? between(a, &at, ">", '<') : NULL;
}

/* ---- requests ---- */

static const char *signature(struct scope *s, const char *url, const char *body)
{
    struct form form;
    char text[SIGNATURE_TEXT];
    if (form_parse(s, body, strlen(body), 100, &form))
        die("bench: its own form is broken");
    signature_make(cfg.token, url, &form, text);
    return arena_printf(s->arena, "X-Twilio-Signature: %s", text);
}

static enum err await_post(struct call *c, const char *url, const char *name, const char *value,
                           const char **body)
{
    struct buf form = buf_in(c->scope.arena, 4096);
    char from[16];
    snprintf(from, sizeof from, "+1312555%04u", c->number % 10000);
    form_add(&form, "CallSid", c->sid);
    form_add(&form, "AccountSid", cfg.account);
    form_add(&form, "From", from);
    form_add(&form, "To", cfg.line);
    form_add(&form, "Caller", from);
    form_add(&form, "Called", cfg.line);
    form_add(&form, "Direction", "inbound");
    form_add(&form, "ApiVersion", "2010-04-01");
    bool ended = strcmp(name, "CallDuration") == 0;
    form_add(&form, "CallStatus", ended ? "completed" : "in-progress");
    form_add(&form, name, value);
    if (strcmp(name, "SpeechResult") == 0)
        form_add(&form, "Confidence", "0.93");
    struct http_answer answer;
    TRY(await_http(
        &c->scope,
        &(struct http_ask){.method = "POST",
                           .url = url,
                           .type = "application/x-www-form-urlencoded",
                           .body = form.p,
                           .headers = (const char *[]){signature(&c->scope, url, form.p), NULL}},
        &answer));
    *body = answer.body;
    if (answer.status != 200 && answer.status != 204)
        return fail(&c->scope, ERR_UPSTREAM, NULL, NULL, "a webhook was answered with %d",
                    answer.status);
    return OK;
}

/* All that is to be played. t: notes when the first of it was asked for, and was there. */
static enum err await_clips(struct call *c, const char *twiml, struct turn *t)
{
    struct http_answer clip;
    for (const char *url; (url = between(c->scope.arena, &twiml, "<Play>", '<'));) {
        if (t && !t->answered)
            t->answered = clock_us();
        TRY(await_http(&c->scope, &(struct http_ask){.method = "GET", .url = url}, &clip));
        if (clip.status != 200 || clip.n < CLIP_MIN)
            return fail(&c->scope, ERR_UPSTREAM, NULL, NULL, "a clip of %zu bytes", clip.n);
        if (t && !t->playing)
            t->playing = clock_us();
    }
    return OK;
}

/* Where the call's sound is to go to. */
static bool take_stream(struct call *c, const char *twiml)
{
    struct arena *a = c->scope.arena;
    const char *url = attribute(a, twiml, "<Stream", "url=\""),
               *turn = attribute(a, twiml, "name=\"turn\"", "value=\""),
               *token = attribute(a, twiml, "name=\"token\"", "value=\"");
    if (!url || !turn || !token)
        return false;
    free(c->media), free(c->media_turn), free(c->media_token);
    c->media = must(strdup(url));
    c->media_turn = must(strdup(turn));
    c->media_token = must(strdup(token));
    return true;
}

/* Until the network listens. */
static enum err await_document(struct call *c, const char *twiml, struct turn *t)
{
    for (int i = 0; i < REDIRECTS_MAX; i++) {
        TRY(await_clips(c, twiml, t));
        if (take_stream(c, twiml))
            return OK;
        const char *gather = attribute(c->scope.arena, twiml, "<Gather", "action=\"");
        const char *redirect = redirect_of(c->scope.arena, twiml);
        if (gather) {
            free(c->gather);
            c->gather = must(strdup(gather));
            return OK;
        }
        if (!redirect)
            return fail(&c->scope, ERR_UPSTREAM, NULL, NULL, "neither listens nor goes on");
        TRY(await_post(c, redirect, "Digits", "", &twiml));
    }
    return fail(&c->scope, ERR_UPSTREAM, NULL, NULL, "goes on and on");
}

static enum err over(struct call *c, enum err e)
{
    if (e)
        log_error(NULL, "bench.step", "error", err_name(e), "why", c->scope.fault.message);
    scope_fini(&c->scope);
    return e;
}

static enum err await_step(struct call *c, const char *url, const char *name, const char *value,
                           struct turn *t)
{
    const char *twiml;
    scope_init_sized(&c->scope, REQUEST_MS, 4u << 20);
    const char *at = arena_strdup(c->scope.arena, url);
    enum err e = await_post(c, at, name, value, &twiml);
    if (!e)
        e = await_document(c, twiml, t);
    return over(c, e);
}

/* ---- public ---- */

void call_init(struct call *c, unsigned number)
{
    char id[UUID_TEXT];
    *c = (struct call){.number = number};
    uuid7(id);
    snprintf(c->sid, sizeof c->sid, "CA%.8s%.4s%.4s%.4s%.12s", id, id + 9, id + 14, id + 19,
             id + 24);
}

enum err await_call_answer(struct call *c)
{
    char url[256];
    snprintf(url, sizeof url, "%.200s/webhooks/twilio/voice", cfg.public_url);
    return await_step(c, url, "CallToken", "", NULL);
}

enum err await_call_speak(struct call *c, unsigned number)
{
    struct turn *t = turn_of(c->number);
    char said[80];
    snprintf(said, sizeof said, "I am caller %u turn %u and look for a house with a garden",
             c->same_words ? 0 : c->number, number);
    *t = (struct turn){.spoken = clock_us()};
    return await_step(c, c->gather, "SpeechResult", said, t);
}

enum err await_call_repeat(struct call *c, uint64_t *us)
{
    struct turn t = {.spoken = clock_us()};
    enum err e = await_step(c, c->gather, "SpeechResult", "Could you repeat that please", &t);
    *us = t.answered - t.spoken;
    return e;
}

enum err await_call_hang_up(struct call *c)
{
    char url[256];
    const char *body;
    snprintf(url, sizeof url, "%.200s/webhooks/twilio/status", cfg.public_url);
    scope_init(&c->scope, REQUEST_MS);
    enum err e = await_post(c, url, "CallDuration", "42", &body);
    return over(c, e);
}

void call_fini(struct call *c)
{
    free(c->media), free(c->media_turn), free(c->media_token);
    free(c->gather);
}
