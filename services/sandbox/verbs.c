#include "verbs.h"
#include "base/buf.h"
#include "memory.h"
#include "network.h"
#include "speech.h"
#include "url.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DOCUMENTS_MAX 1000
#define LOOP_FOREVER  1000

static const char *trimmed(struct arena *a, const char *text)
{
    text += strspn(text, " \t\r\n");
    size_t n = strlen(text);
    while (n && strchr(" \t\r\n", text[n - 1]))
        n--;
    return arena_strndup(a, text, n);
}

enum wake await_voice(struct call *c, enum who who, struct clip *clip, unsigned ms,
                      const char *text)
{
    unsigned at = call_now(c), whole = clip_ms(clip);
    ms = ms < whole ? ms : whole;
    call_said_at(c, who, at, text);
    enum wake w = await_person(c, ms);
    unsigned heard = call_now(c) - at;
    call_sounded(c, who, at, heard < ms ? heard : ms, clip);
    return w;
}

enum wake await_person_says(struct call *c, const char *text)
{
    struct clip *clip = await_speech(c->script.voice, 1.0, text);
    enum wake w = await_voice(c, PERSON, clip, UINT32_MAX, text);
    clip_drop(clip);
    return w;
}

static const char *resolved(struct run *r, const char *url)
{
    const char *whole = url_resolve(r->page->arena, r->page->url, trimmed(r->page->arena, url));
    if (whole && url_callable(whole))
        return whole;
    call_erred(r->call, 11100, arena_printf(r->page->arena, "invalid URL: %.120s", url));
    return NULL;
}

struct hook verb_hook(struct run *r, const struct element *e, const char *name)
{
    const char *url = twiml_attr(e, name, NULL);
    if (!url || !*url)
        return (struct hook){0};
    const char *method = arena_printf(r->page->arena, "%sMethod", name);
    return (struct hook){resolved(r, url),
                         twiml_attr(e, strcmp(name, "action") == 0 ? "method" : method, "POST")};
}

enum flow await_action(struct run *r, const struct element *e, const struct params *extra)
{
    struct hook h = verb_hook(r, e, "action");
    if (!h.url)
        h = (struct hook){r->page->url, twiml_attr(e, "method", "POST")};
    if (!h.url) {
        call_erred(r->call, 11100, "an inline document needs an absolute action");
        r->next = await_fallback(r->call, 11100, NULL);
    } else {
        r->next = await_page(r->call, &h, extra);
    }
    return r->next ? FLOW_PAGE : FLOW_END;
}

/* --- Say, Play, Pause --- */

static enum flow flow_of(enum wake w)
{
    return w == WAKE_TIME ? FLOW_NEXT : FLOW_END;
}

static enum flow await_loops(struct run *r, const struct element *e, struct clip *clip,
                             const char *text, unsigned limit, unsigned *played)
{
    long loops = twiml_int(e, "loop", 1);
    if (loops < 0)
        call_erred(r->call, twiml_is(e, "Say") ? 13510 : 13410, "loop: a number from 0 to 1000");
    loops = loops < 0 ? 1 : loops == 0 || loops > LOOP_FOREVER ? LOOP_FOREVER : loops;
    enum wake w = WAKE_TIME;
    for (long i = 0; i < loops && w == WAKE_TIME; i++) {
        unsigned left = !limit ? UINT32_MAX : limit > *played ? limit - *played : 0;
        if (!left)
            break;
        w = await_voice(r->call, AGENT, clip, left, text);
        *played += left < clip_ms(clip) ? left : clip_ms(clip);
    }
    return flow_of(w);
}

static enum flow await_say(struct run *r, const struct element *e, unsigned limit, unsigned *played)
{
    const char *text = trimmed(r->page->arena, e->text);
    if (!*text) {
        call_erred(r->call, 13520, "Say without text");
        return FLOW_NEXT;
    }
    if (strlen(text) > 4096) {
        call_erred(r->call, 13521, "Say over 4096 characters");
        text = arena_strndup(r->page->arena, text, 4096);
    }
    struct clip *clip = await_speech(twiml_attr(e, "voice", "woman"), 1.0, text);
    enum flow f = await_loops(r, e, clip, text, limit, played);
    clip_drop(clip);
    return f;
}

struct clip *await_play_sound(struct run *r, const struct element *e)
{
    int code = 0;
    const char *url = *trimmed(r->page->arena, e->text) ? resolved(r, e->text) : NULL;
    return url ? await_sound(r->call, url, &code) : NULL;
}

static enum flow await_digits(struct run *r, const char *digits)
{
    unsigned ms = 0;
    for (const char *p = digits; *p; p++)
        ms += *p == 'w' ? 500 : *p == 'W' ? 1000 : 250;
    call_said(r->call, AGENT, arena_printf(r->page->arena, "(keys %s)", digits));
    return flow_of(await_person(r->call, ms));
}

static enum flow await_play(struct run *r, const struct element *e, struct clip *sound,
                            unsigned limit, unsigned *played)
{
    const char *digits = twiml_attr(e, "digits", NULL);
    if (digits)
        return await_digits(r, digits);
    struct clip *clip = sound ? clip_ref(sound) : await_play_sound(r, e);
    if (!clip)
        return r->call->gone ? FLOW_END : FLOW_NEXT;
    enum flow f = await_loops(r, e, clip, memory_text(r->page->arena, clip), limit, played);
    clip_drop(clip);
    return f;
}

static enum flow await_pause(struct run *r, const struct element *e, unsigned limit,
                             unsigned *played)
{
    long length = twiml_int(e, "length", 1);
    if (length < 0)
        call_erred(r->call, 13910, "length: whole seconds");
    unsigned ms = (unsigned)(length < 0 ? 1 : length > 3600 ? 3600 : length) * 1000;
    unsigned left = !limit ? ms : limit > *played ? limit - *played : 0;
    *played += left < ms ? left : ms;
    return flow_of(await_person(r->call, left < ms ? left : ms));
}

enum flow await_prompt(struct run *r, const struct element *e, struct clip *sound,
                       unsigned limit_ms, unsigned *played)
{
    if (twiml_is(e, "Say"))
        return await_say(r, e, limit_ms, played);
    if (twiml_is(e, "Play"))
        return await_play(r, e, sound, limit_ms, played);
    return twiml_is(e, "Pause") ? await_pause(r, e, limit_ms, played) : FLOW_NEXT;
}

/* --- the short ones --- */

static enum flow verb_prompt(struct run *r, const struct element *e)
{
    unsigned played = 0;
    return await_prompt(r, e, NULL, 0, &played);
}

static enum flow verb_redirect(struct run *r, const struct element *e)
{
    const char *url = resolved(r, e->text);
    if (url)
        r->next = await_page(r->call, &(struct hook){url, twiml_attr(e, "method", "POST")}, NULL);
    else
        r->next = await_fallback(r->call, 11100, r->page->url);
    return r->next ? FLOW_PAGE : FLOW_END;
}

static enum flow verb_hangup(struct run *r, const struct element *e)
{
    (void)e;
    call_hang_up(r->call, COMPLETED);
    return FLOW_END;
}

/* Reaches us only in a call that has not been answered; later it is just the end. */
static enum flow verb_reject(struct run *r, const struct element *e)
{
    bool busy = strcmp(twiml_attr(e, "reason", "rejected"), "busy") == 0;
    bool first = r->call->status == RINGING;
    if (!first)
        call_erred(r->call, 12200, "Reject after the call has been answered");
    call_hang_up(r->call, !first ? COMPLETED : busy ? BUSY : NO_ANSWER);
    return FLOW_END;
}

static enum flow verb_start(struct run *r, const struct element *e)
{
    for (const struct element *c = e->children; c; c = c->next) {
        if (!twiml_is(c, "Recording"))
            continue;
        const char *url = twiml_attr(c, "recordingStatusCallback", NULL);
        struct hook h = {0};
        if (url && strstr(url, "://"))
            h = verb_hook(r, c, "recordingStatusCallback");
        else if (url)
            call_erred(r->call, 11100, "Recording: the callback's URL must be absolute");
        bool mono = strcmp(twiml_attr(c, "channels", "dual"), "mono") == 0;
        recording_start(r->call, "StartCallRecordingTwiML", mono ? 1 : 2, &h,
                        twiml_attr(c, "recordingStatusCallbackEvent", NULL));
    }
    return FLOW_NEXT;
}

static enum flow verb_stop(struct run *r, const struct element *e)
{
    for (const struct element *c = e->children; c; c = c->next)
        if (twiml_is(c, "Recording"))
            recordings_stop(r->call);
    return FLOW_NEXT;
}

/* --- a document --- */

typedef enum flow verb_fn(struct run *r, const struct element *e);
static const struct verb {
    const char *name;
    verb_fn *fn;
    bool answers; /* executing it answers a ringing call */
} verbs[] = {
    {"Say", verb_prompt, true},         {"Play", verb_prompt, true},
    {"Pause", verb_prompt, false},      {"Gather", await_gather, true},
    {"Record", await_record, true},     {"Dial", await_dial, true},
    {"Redirect", verb_redirect, false}, {"Hangup", verb_hangup, true},
    {"Reject", verb_reject, false},     {"Start", verb_start, true},
    {"Stop", verb_stop, true},          {"Connect", await_connect, true},
};

static enum flow await_verb(struct run *r, const struct element *e)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (!twiml_is(e, verbs[i].name))
            continue;
        if (verbs[i].answers)
            call_answer(r->call);
        return verbs[i].fn(r, e);
    }
    return FLOW_NEXT; /* the check has warned about it */
}

/* The document that follows, or NULL: it ran out, or the call has gone. */
static struct page *await_document_run(struct call *c, struct page *page)
{
    struct run r = {.call = c, .page = page};
    enum flow f = FLOW_NEXT;
    for (const struct element *e = page->root->children; e && f == FLOW_NEXT && !c->gone;
         e = e->next)
        f = await_verb(&r, e);
    if (f == FLOW_NEXT && !c->gone && !c->redirect.url && !c->redirect_twiml) {
        call_answer(c); /* only Reject refuses a call, even an empty document does not */
        call_hang_up(c, COMPLETED);
    }
    return r.next;
}

static struct page *await_redirected(struct call *c)
{
    struct hook h = c->redirect;
    const char *twiml = c->redirect_twiml;
    c->redirect = (struct hook){0};
    c->redirect_twiml = NULL;
    return twiml ? await_page_inline(c, twiml) : h.url ? await_page(c, &h, NULL) : NULL;
}

void await_documents(struct call *c, struct page *page)
{
    for (int n = 0; !c->gone; n++) {
        struct page *next = page ? await_document_run(c, page) : NULL;
        page_free(page);
        page = next;
        if (!page && !c->gone)
            page = await_redirected(c);
        if (!page && !c->gone && !c->redirect.url && !c->redirect_twiml)
            call_hang_up(c, COMPLETED);
        if (n == DOCUMENTS_MAX) {
            call_erred(c, 11215, "the documents go round in circles");
            call_hang_up(c, COMPLETED);
        }
    }
    page_free(page);
}
