#include "voice/twilio_impl.h"
#include <stdio.h>
#include <stdlib.h>

#define PAGE_SIZE "50"

static void add_number(struct buf *form, const char *name, unsigned value)
{
    char text[16];
    snprintf(text, sizeof text, "%u", value);
    form_add(form, name, value ? text : NULL);
}

static void put_call(struct buf *form, const struct twilio_new_call *c)
{
    static const char *const events[] = {"initiated", "ringing", "answered", "completed"};
    form_add(form, "To", c->to);
    form_add(form, "From", c->from);
    form_add(form, "Url", c->url);
    form_add(form, "FallbackUrl", c->fallback_url);
    form_add(form, "StatusCallback", c->status_callback);
    for (size_t i = 0; c->status_callback && i < sizeof events / sizeof *events; i++)
        form_add(form, "StatusCallbackEvent", events[i]);
    add_number(form, "Timeout", c->ring_s);
    add_number(form, "TimeLimit", c->limit_s);
    if (c->recording_callback) {
        form_add(form, "Record", "true");
        form_add(form, "RecordingChannels", "dual");
        form_add(form, "RecordingStatusCallback", c->recording_callback);
        form_add(form, "RecordingStatusCallbackEvent", "completed absent");
    }
    if (c->amd_callback) {
        form_add(form, "MachineDetection",
                 "DetectMessageEnd"); /* the verdict comes with the beep */
        form_add(form, "AsyncAmd", "true");
        form_add(form, "AsyncAmdStatusCallback", c->amd_callback);
    }
}

/* A definite no needs a definite answer: everything else may have been placed. */
static enum twilio_fate judge(struct scope *s, const struct http_answer *ans,
                              struct twilio_dialed *out)
{
    struct js *j = NULL;
    struct scope aside;
    if (!twilio_succeeded(ans)) {
        struct refusal r = twilio_refusal(s, ans);
        out->code = r.code;
        out->message = r.message;
        out->retry_after_s = ans->retry_after_s;
        if (ans->status == 429)
            return DIAL_LIMITED;
        return ans->status >= 400 && ans->status < 500 && ans->status != 408 ? DIAL_REFUSED
                                                                             : DIAL_UNKNOWN;
    }
    scope_init_sized(&aside, 0, PAGE_ARENA);
    if (js_parse(&aside, ans->body, ans->n, &j) == OK) {
        out->sid = twilio_text(s->arena, j, "sid");
        out->status = twilio_text(s->arena, j, "status");
    }
    scope_fini(&aside);
    if (out->sid && *out->sid)
        return DIAL_PLACED;
    out->message = "the answer names no call";
    return DIAL_UNKNOWN;
}

enum twilio_fate await_twilio_dial(struct scope *s, const struct twilio *t,
                                   const struct twilio_new_call *call, struct twilio_dialed *out)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    struct http_answer ans;
    *out = (struct twilio_dialed){.message = ""};
    put_call(&form, call);
    if (form.over) {
        out->message = "the request is too big";
        return DIAL_REFUSED;
    }
    struct http_ask ask =
        twilio_ask(s->trace, t, "POST", twilio_url(s->arena, t, "/Calls.json"), &form);
    ask.body_at_us = call->at_us;
    ask.body_by_us = call->by_us;
    enum err e = await_http(s, &ask, &ans);
    out->sent_us = ans.sent_us;
    out->answered_us = ans.answered_us;
    out->late = ans.late;
    if (e == OK)
        return judge(s, &ans, out);
    out->message = s->fault.message;
    return ans.sent ? DIAL_UNKNOWN : DIAL_LIMITED;
}

static void read_call(struct arena *a, const struct js *j, struct twilio_call *c)
{
    const char *duration = js_text(js_get(j, "duration"));
    *c = (struct twilio_call){
        .sid = twilio_text(a, j, "sid"),
        .status = twilio_text(a, j, "status"),
        .direction = twilio_text(a, j, "direction"),
        .to = twilio_text(a, j, "to"),
        .from = twilio_text(a, j, "from"),
        .answered_by = twilio_text(a, j, "answered_by"),
        .date_created = twilio_text(a, j, "date_created"),
        .start_time = twilio_text(a, j, "start_time"),
        .end_time = twilio_text(a, j, "end_time"),
        .duration_s = duration && *duration ? atoi(duration) : -1,
    };
}

static const char *call_path(struct scope *s, const char *sid, const char *rest)
{
    return arena_printf(s->arena, "/Calls/%s%s", url_encode(s->arena, sid), rest);
}

enum err await_twilio_call(struct scope *s, const struct twilio *t, const char *sid,
                           struct twilio_call *out)
{
    struct js *j;
    TRY(await_twilio(s, t, "GET", call_path(s, sid, ".json"), NULL, &j));
    read_call(s->arena, j, out);
    return OK;
}

enum err await_twilio_end_call(struct scope *s, const struct twilio *t, const char *sid,
                               const char *status)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    form_add(&form, "Status", status);
    return await_twilio(s, t, "POST", call_path(s, sid, ".json"), &form, NULL);
}

enum err await_twilio_redirect(struct scope *s, const struct twilio *t, const char *sid,
                               const char *twiml)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    form_add(&form, "Twiml", twiml);
    return await_twilio(s, t, "POST", call_path(s, sid, ".json"), &form, NULL);
}

static const char *first_page(struct scope *s, const struct twilio *t, const char *to,
                              const char *from, const char *since)
{
    struct buf query = buf_in(s->arena, FORM_MAX);
    form_add(&query, "To", to);
    form_add(&query, "From", from);
    form_add(&query, "StartTime>", since);
    form_add(&query, "PageSize", PAGE_SIZE);
    return twilio_url(s->arena, t, arena_printf(s->arena, "/Calls.json?%s", query.p));
}

/* One page in a scope of its own: only the calls themselves stay. *url becomes the next page or NULL. */
static enum err await_page(struct scope *s, const struct twilio *t, const char **url,
                           struct twilio_calls *out)
{
    struct scope page;
    struct http_answer ans;
    struct js *j = NULL;
    scope_init_sized(&page, 0, PAGE_ARENA);
    page.deadline = s->deadline;
    struct http_ask ask = twilio_ask(s->trace, t, "GET", *url, NULL);
    enum err e = await_http(&page, &ask, &ans);
    if (!e)
        e = twilio_succeeded(&ans) ? js_parse(&page, ans.body, ans.n, &j)
                                   : twilio_refused(&page, &ans);
    *url = NULL;
    const struct js *calls = e ? NULL : js_get(j, "calls");
    const char *next = js_text(js_get(j, "next_page_uri"));
    for (size_t i = 0; calls && i < js_count(calls) && out->n < TWILIO_CALLS_MAX; i++)
        read_call(s->arena, js_at(calls, i), &out->calls[out->n++]);
    if (!e && next && next[0] == '/' && next[1] != '/')
        *url = url_under(s->arena, t->api_url, next); /* our server, whatever it says */
    if (e && !s->fault.message[0])
        s->fault = page.fault;
    scope_fini(&page);
    return e == ERR_INVALID ? ERR_UPSTREAM : e;
}

enum err await_twilio_list_calls(struct scope *s, const struct twilio *t, const char *to,
                                 const char *from, const char *since, struct twilio_calls *out)
{
    const char *url = first_page(s, t, to, from, since);
    *out = (struct twilio_calls){.calls =
                                     arena_alloc(s->arena, TWILIO_CALLS_MAX * sizeof *out->calls)};
    for (int pages = 0; url && out->n < TWILIO_CALLS_MAX && pages < TWILIO_CALLS_MAX; pages++)
        TRY(await_page(s, t, &url, out));
    out->more = url != NULL;
    return OK;
}
