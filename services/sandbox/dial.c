/* Dial: a child leg is rung, and the two people talk. The parent's task runs both. */
#include "base/clock.h"
#include "network.h"
#include "numbers.h"
#include "speech.h"
#include "verbs.h"
#include <string.h>

struct dialing {
    struct run *run;
    const struct element *dial;
    struct call *child;
    enum call_status result;
    bool bridged;
    unsigned seconds;
    char sid[SID_TEXT], recording[SID_TEXT];
};

static bool caller_id_allowed(const struct call *c, const char *id)
{
    return strcmp(id, c->from) == 0 || strcmp(id, c->to) == 0 || number_owned(id);
}

static struct call *child_create(struct dialing *d, const struct element *number, const char *to)
{
    struct call *c = d->run->call;
    const char *id = twiml_attr(d->dial, "callerId", c->from);
    if (!caller_id_allowed(c, id)) {
        call_erred(c, 13214, "Dial: callerId is none of the call's numbers and not owned");
        return NULL;
    }
    struct call *child = call_create(OUTBOUND_DIAL, id, to);
    if (!child)
        return NULL;
    memcpy(child->parent, c->sid, sizeof child->parent);
    memcpy(d->sid, child->sid, sizeof d->sid);
    if (number) {
        struct hook h = verb_hook(d->run, number, "statusCallback");
        child->on_status =
            (struct hook){arena_strdup(child->arena, h.url), arena_strdup(child->arena, h.method)};
        child->events = status_events(twiml_attr(number, "statusCallbackEvent", "completed"));
    }
    script_of_callee(child, to);
    return child;
}

static void child_end(struct dialing *d, enum call_status s)
{
    struct call *child = d->child;
    d->result = child->status = s;
    child->ended_wall = clock_wall_ms();
    child->sip = s == COMPLETED ? 200 : s == BUSY ? 486 : s == NO_ANSWER ? 487 : 404;
    child->duration_s = d->seconds;
    callback_status(child, ON_COMPLETED);
    call_over(child);
    d->child = NULL;
}

/* RINGING came and went: what the callee does. IN_PROGRESS: answered. */
static enum call_status await_ringing(struct dialing *d)
{
    struct call *c = d->run->call, *child = d->child;
    const struct script *s = &child->script;
    long timeout = twiml_int(d->dial, "timeout", 30);
    unsigned patience = (unsigned)(timeout < 1 ? 30 : timeout) * 1000;
    callback_status(child, ON_INITIATED);
    if (s->answer == ANSWER_FAILED)
        return await_person(c, 300) == WAKE_TIME ? FAILED : CANCELED;
    child->status = RINGING;
    callback_status(child, ON_RINGING);
    bool answers = s->answer == ANSWER_HUMAN || s->answer == ANSWER_MACHINE;
    unsigned ms = s->answer == ANSWER_NO_ANSWER || s->ring_ms > patience ? patience : s->ring_ms;
    if (await_person(c, ms) != WAKE_TIME)
        return CANCELED;
    return s->answer == ANSWER_BUSY            ? BUSY
           : answers && s->ring_ms <= patience ? IN_PROGRESS
                                               : NO_ANSWER;
}

static enum wake await_line_of(struct call *c, const struct call *speaker, enum who who,
                               const char *text)
{
    struct clip *clip = await_speech(speaker->script.voice, 1.0, text);
    enum wake w = await_voice(c, who, clip, UINT32_MAX, text);
    clip_drop(clip);
    return w;
}

/* A person presses a key when asked to; a machine does not. */
static enum flow await_whisper_key(struct run *r, const struct element *gather)
{
    struct call *child = r->call;
    struct params p = {.arena = r->page->arena};
    unsigned played = 0;
    for (const struct element *e = gather->children; e; e = e->next)
        (void)await_prompt(r, e, NULL, 0, &played);
    if (child->script.answer == ANSWER_MACHINE) {
        (void)await_person(child, (unsigned)twiml_int(gather, "timeout", 5) * 1000);
        return FLOW_NEXT;
    }
    (void)await_person(child, child->script.think_ms);
    call_said(child, PERSON, "(keys 1)");
    params_add(&p, "Digits", "1");
    return await_action(r, gather, &p);
}

static enum flow await_whisper_verb(struct dialing *d, struct run *r, const struct element *e)
{
    unsigned played = 0;
    if (twiml_is(e, "Gather"))
        return await_whisper_key(r, e);
    if (twiml_is(e, "Hangup"))
        return FLOW_END;
    if (twiml_is(e, "Say") || twiml_is(e, "Play") || twiml_is(e, "Pause"))
        (void)await_prompt(r, e, NULL, 0, &played);
    else
        call_erred(d->run->call, 12200,
                   arena_printf(d->run->page->arena, "a whisper with %.40s", e->name));
    return FLOW_NEXT;
}

/* Before the two are connected: what the callee alone hears. False: the callee's leg was hung up. */
static bool await_whisper(struct dialing *d, const struct element *number)
{
    struct hook h = number ? verb_hook(d->run, number, "url") : (struct hook){0};
    struct page *page = h.url ? await_page(d->child, &h, NULL) : NULL;
    enum flow f = FLOW_NEXT;
    while (page) {
        struct run run = {.call = d->child, .page = page};
        f = FLOW_NEXT;
        for (const struct element *e = page->root->children; e && f == FLOW_NEXT; e = e->next)
            f = await_whisper_verb(d, &run, e);
        page_free(page);
        page = f == FLOW_PAGE ? run.next : NULL;
    }
    return f == FLOW_NEXT;
}

static void await_talk(struct dialing *d, const struct element *number)
{
    struct call *c = d->run->call, *child = d->child;
    const char *hello = child->script.hello ? child->script.hello : "Hello?";
    unsigned began = call_now(c);
    long limit = twiml_int(d->dial, "timeLimit", 14400) * 1000;
    child->status = IN_PROGRESS;
    child->started_wall = clock_wall_ms();
    callback_status(child, ON_ANSWERED);
    call_said(child, PERSON, hello);
    d->bridged = await_whisper(d, number);
    if (!d->bridged)
        return;
    enum wake w = await_line_of(c, child, NETWORK, hello);
    if (w == WAKE_TIME)
        w = await_line_of(c, c, PERSON, "Hello, your assistant has put me through to you.");
    if (w == WAKE_TIME)
        (void)await_person(c,
                           child->script.talk_ms < limit ? child->script.talk_ms : (unsigned)limit);
    d->seconds = (call_now(c) - began + 999) / 1000;
}

static void await_leg(struct dialing *d, const struct element *number, const char *to)
{
    struct call *c = d->run->call;
    d->result = FAILED;
    if (!number_valid(to)) {
        call_erred(c, 13223, "Dial: invalid phone number format");
        return;
    }
    if (!(d->child = child_create(d, number, to)))
        return;
    const char *record = twiml_attr(d->dial, "record", "do-not-record");
    enum call_status s = await_ringing(d);
    if (s != IN_PROGRESS) {
        child_end(d, s);
        return;
    }
    if (strncmp(record, "record", 6) == 0) {
        struct hook h = verb_hook(d->run, d->dial, "recordingStatusCallback");
        struct recording *r =
            recording_start(c, "DialVerb", strstr(record, "-dual") ? 2 : 1, &h,
                            twiml_attr(d->dial, "recordingStatusCallbackEvent", NULL));
        memcpy(d->recording, r->sid, sizeof d->recording);
    }
    await_talk(d, number);
    struct recording *r = d->recording[0] ? recording_find(d->recording) : NULL;
    if (r)
        recording_stop(c, r);
    child_end(d, COMPLETED);
}

static const char *number_text(struct arena *a, const struct element *e)
{
    const char *p = e->text + strspn(e->text, " \t\r\n");
    return arena_strndup(a, p, strcspn(p, " \t\r\n"));
}

static void await_legs(struct dialing *d)
{
    struct arena *a = d->run->page->arena;
    bool any = false;
    for (const struct element *n = d->dial->children; n; n = n->next) {
        if (!twiml_is(n, "Number"))
            continue;
        any = true;
        await_leg(d, n, number_text(a, n));
        if (d->bridged || d->run->call->gone)
            return;
    }
    if (!any)
        await_leg(d, NULL, number_text(a, d->dial));
}

static enum flow await_dial_action(struct dialing *d)
{
    struct params p = {.arena = d->run->page->arena};
    params_add(&p, "DialCallStatus", call_status_name(d->result));
    if (d->sid[0])
        params_add(&p, "DialCallSid", d->sid);
    if (d->bridged)
        params_int(&p, "DialCallDuration", d->seconds);
    params_add(&p, "DialBridged", d->bridged ? "true" : "false");
    struct recording *r = d->recording[0] ? recording_find(d->recording) : NULL;
    if (r)
        params_add(&p, "RecordingUrl", recording_url(p.arena, r));
    return await_action(d->run, d->dial, &p);
}

enum flow await_dial(struct run *r, const struct element *e)
{
    struct dialing d = {.run = r, .dial = e};
    await_legs(&d);
    if (r->call->gone)
        return FLOW_END;
    return twiml_attr(e, "action", NULL) ? await_dial_action(&d) : FLOW_NEXT;
}
