#include "voice/twilio.h"
#include "io/js.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORM_MAX          16384
#define ANSWER_MAX        (256u << 10) /* of one page or object; leaves room in the scope */
#define REQUEST_MS        12000        /* of all but a dial, which waits as long as its scope */
#define PAGE_ARENA        (2u << 20)
#define PAGE_SIZE         "50"
#define OFFERS            "20"
#define CALL_ENDED        21220
#define NUMBER_TAKEN      21422
#define NUMBER_DIGITS_MIN 7 /* fewer are some other figure */
#define RECORDING_MAX     (256u << 20)
#define RECORDING_IDLE_MS 10000 /* between two pieces */

/* ---- one request ---- */

static const char *account_url(struct arena *a, const struct twilio *t, const char *path)
{
    const char *account = url_encode(a, t->account_sid);
    return url_under(a, t->api_url, arena_printf(a, "/2010-04-01/Accounts/%s%s", account, path));
}

static struct http_ask ask_for(const char *trace, const struct twilio *t, const char *method,
                               const char *url, const struct buf *form)
{
    struct http_ask ask = {.method = method,
                           .url = url,
                           .trace = trace,
                           .user = t->account_sid,
                           .password = t->auth_token,
                           .max_answer = ANSWER_MAX,
                           .never_resend = strcmp(method, "GET") != 0};
    if (form) {
        ask.type = "application/x-www-form-urlencoded";
        ask.body = form->p;
        ask.body_n = form->n;
    }
    return ask;
}

/* What an error body says; any other body (a gateway's HTML, nothing) says nothing. */
struct refusal {
    int code;
    const char *message;
};

/* Twilio repeats the number it refuses; its words go into logs, and to people who may not know the number. */
static char *mask_numbers(char *text)
{
    for (char *p = text; *p;) {
        size_t n = strspn(p, "0123456789");
        bool alone = (p == text || !isalnum((unsigned char)p[-1])) && !isalnum((unsigned char)p[n]);
        if (n >= NUMBER_DIGITS_MIN && alone)
            memset(p, '*', n - 2);
        p += n ? n : 1;
    }
    return text;
}

static struct refusal read_refusal(struct scope *s, const struct http_answer *ans)
{
    struct scope aside; /* a broken body must not become this scope's fault */
    struct refusal r = {0, arena_printf(s->arena, "HTTP %d", ans->status)};
    struct js *j = NULL;
    scope_init_sized(&aside, 0, PAGE_ARENA);
    if (js_parse(&aside, ans->body, ans->n, &j) == OK && js_type(j) == JS_OBJECT) {
        long long code = js_int(js_get(j, "code"));
        const char *message = js_text(js_get(j, "message"));
        r.code = code > 0 && code < 1000000 ? (int)code : 0;
        if (message)
            r.message = mask_numbers(arena_printf(s->arena, "%.150s", message));
    }
    scope_fini(&aside);
    return r;
}

static enum err err_of(int status, int code)
{
    if (code == CALL_ENDED || code == NUMBER_TAKEN)
        return ERR_CONFLICT;
    switch (status) {
    case 401:
    case 403:
        return ERR_FORBIDDEN;
    case 404:
        return ERR_MISSING;
    case 408:
        return ERR_UPSTREAM;
    case 429:
        return ERR_LIMITED;
    }
    return status >= 400 && status < 500 ? ERR_UNPROCESSABLE : ERR_UPSTREAM;
}

static enum err refused(struct scope *s, const struct http_answer *ans)
{
    struct refusal r = read_refusal(s, ans);
    const char *code = r.code ? arena_printf(s->arena, "twilio_%d", r.code) : NULL;
    return fail(s, err_of(ans->status, r.code), code, NULL, "twilio: %s", r.message);
}

static bool succeeded(const struct http_answer *ans)
{
    return ans->status >= 200 && ans->status < 300;
}

static enum err await_asked(struct scope *s, const struct twilio *t, const char *method,
                            const char *path, const struct buf *form, struct http_answer *ans)
{
    struct http_ask ask = ask_for(s->trace, t, method, account_url(s->arena, t, path), form);
    ask.total_ms = REQUEST_MS;
    TRY(await_http(s, &ask, ans));
    return succeeded(ans) ? OK : refused(s, ans);
}

static enum err read_object(struct scope *s, const struct http_answer *ans, struct js **out)
{
    if (js_parse(s, ans->body, ans->n, out) != OK || js_type(*out) != JS_OBJECT)
        return fail(s, ERR_UPSTREAM, NULL, NULL, "twilio: the answer is no JSON object");
    return OK;
}

/* out may be NULL: the answer's body does not matter. */
static enum err await_request(struct scope *s, const struct twilio *t, const char *method,
                              const char *path, const struct buf *form, struct js **out)
{
    struct http_answer ans;
    TRY(await_asked(s, t, method, path, form, &ans));
    return out ? read_object(s, &ans, out) : OK;
}

static const char *text_of(struct arena *a, const struct js *j, const char *key)
{
    const char *text = js_text(js_get(j, key));
    return text ? arena_strdup(a, text) : "";
}

static void add_number(struct buf *form, const char *name, unsigned value)
{
    char text[16];
    snprintf(text, sizeof text, "%u", value);
    form_add(form, name, value ? text : NULL);
}

/* ---- calls ---- */

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
    if (!succeeded(ans)) {
        struct refusal r = read_refusal(s, ans);
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
        out->sid = text_of(s->arena, j, "sid");
        out->status = text_of(s->arena, j, "status");
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
        ask_for(s->trace, t, "POST", account_url(s->arena, t, "/Calls.json"), &form);
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
        .sid = text_of(a, j, "sid"),
        .status = text_of(a, j, "status"),
        .direction = text_of(a, j, "direction"),
        .to = text_of(a, j, "to"),
        .from = text_of(a, j, "from"),
        .answered_by = text_of(a, j, "answered_by"),
        .date_created = text_of(a, j, "date_created"),
        .start_time = text_of(a, j, "start_time"),
        .end_time = text_of(a, j, "end_time"),
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
    TRY(await_request(s, t, "GET", call_path(s, sid, ".json"), NULL, &j));
    read_call(s->arena, j, out);
    return OK;
}

enum err await_twilio_end_call(struct scope *s, const struct twilio *t, const char *sid,
                               const char *status)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    form_add(&form, "Status", status);
    return await_request(s, t, "POST", call_path(s, sid, ".json"), &form, NULL);
}

enum err await_twilio_redirect(struct scope *s, const struct twilio *t, const char *sid,
                               const char *twiml)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    form_add(&form, "Twiml", twiml);
    return await_request(s, t, "POST", call_path(s, sid, ".json"), &form, NULL);
}

static const char *first_page(struct scope *s, const struct twilio *t, const char *to,
                              const char *from, const char *since)
{
    struct buf query = buf_in(s->arena, FORM_MAX);
    form_add(&query, "To", to);
    form_add(&query, "From", from);
    form_add(&query, "StartTime>", since);
    form_add(&query, "PageSize", PAGE_SIZE);
    return account_url(s->arena, t, arena_printf(s->arena, "/Calls.json?%s", query.p));
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
    struct http_ask ask = ask_for(s->trace, t, "GET", *url, NULL);
    enum err e = await_http(&page, &ask, &ans);
    if (!e)
        e = succeeded(&ans) ? js_parse(&page, ans.body, ans.n, &j) : refused(&page, &ans);
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

/* ---- numbers ---- */

static void read_number(struct arena *a, const struct js *j, struct twilio_number *n)
{
    *n = (struct twilio_number){
        .sid = text_of(a, j, "sid"),
        .phone_number = text_of(a, j, "phone_number"),
        .friendly_name = text_of(a, j, "friendly_name"),
        .locality = text_of(a, j, "locality"),
        .region = text_of(a, j, "region"),
        .voice_url = text_of(a, j, "voice_url"),
        .voice_method = text_of(a, j, "voice_method"),
        .fallback_url = text_of(a, j, "voice_fallback_url"),
        .status_callback = text_of(a, j, "status_callback"),
        .application_sid = text_of(a, j, "voice_application_sid"),
        .trunk_sid = text_of(a, j, "trunk_sid"),
    };
}

enum err await_twilio_search_numbers(struct scope *s, const struct twilio *t, const char *country,
                                     const char *area_code, struct twilio_numbers *out)
{
    struct buf query = buf_in(s->arena, FORM_MAX);
    struct js *j;
    form_add(&query, "AreaCode", area_code);
    form_add(&query, "VoiceEnabled", "true");
    form_add(&query, "PageSize", OFFERS);
    TRY(await_request(s, t, "GET",
                      arena_printf(s->arena, "/AvailablePhoneNumbers/%s/Local.json?%s",
                                   url_encode(s->arena, country), query.p),
                      NULL, &j));
    const struct js *offers = js_get(j, "available_phone_numbers");
    size_t n = offers ? js_count(offers) : 0;
    *out = (struct twilio_numbers){.numbers = arena_alloc(s->arena, (n + 1) * sizeof *out->numbers),
                                   .n = n};
    for (size_t i = 0; i < n; i++)
        read_number(s->arena, js_at(offers, i), &out->numbers[i]);
    return OK;
}

enum err await_twilio_buy_number(struct scope *s, const struct twilio *t, const char *phone_number,
                                 struct twilio_number *out)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    struct js *j;
    form_add(&form, "PhoneNumber", phone_number);
    TRY(await_request(s, t, "POST", "/IncomingPhoneNumbers.json", &form, &j));
    read_number(s->arena, j, out);
    return *out->sid ? OK : fail(s, ERR_UPSTREAM, NULL, NULL, "twilio: the answer names no number");
}

/* The list matches loosely (it takes patterns): only the exact number counts. */
enum err await_twilio_find_number(struct scope *s, const struct twilio *t, const char *phone_number,
                                  struct twilio_number *out)
{
    struct js *j;
    TRY(await_request(s, t, "GET",
                      arena_printf(s->arena, "/IncomingPhoneNumbers.json?PhoneNumber=%s",
                                   url_encode(s->arena, phone_number)),
                      NULL, &j));
    const struct js *owned = js_get(j, "incoming_phone_numbers");
    for (size_t i = 0; owned && i < js_count(owned); i++) {
        read_number(s->arena, js_at(owned, i), out);
        if (strcmp(out->phone_number, phone_number) == 0 && *out->sid)
            return OK;
    }
    return fail(s, ERR_MISSING, NULL, NULL, "twilio: the account does not own this number");
}

static const char *number_path(struct scope *s, const char *sid)
{
    return arena_printf(s->arena, "/IncomingPhoneNumbers/%s.json", url_encode(s->arena, sid));
}

enum err await_twilio_number(struct scope *s, const struct twilio *t, const char *sid,
                             struct twilio_number *out)
{
    struct js *j;
    TRY(await_request(s, t, "GET", number_path(s, sid), NULL, &j));
    read_number(s->arena, j, out);
    return OK;
}

struct twilio_hooks twilio_hooks_of(struct arena *a, const char *public_url)
{
    return (struct twilio_hooks){
        .voice_url = arena_printf(a, "%s/webhooks/twilio/voice", public_url),
        .fallback_url = arena_printf(a, "%s/webhooks/twilio/fallback", public_url),
        .status_callback = arena_printf(a, "%s/webhooks/twilio/status", public_url),
    };
}

const char *twilio_drift(const struct twilio_number *n, const struct twilio_hooks *ours)
{
    if (*n->application_sid)
        return "application";
    if (*n->trunk_sid)
        return "trunk";
    if (strcmp(n->voice_url, ours->voice_url) != 0 ||
        (*n->voice_method && strcmp(n->voice_method, "POST") != 0))
        return "voice_url";
    if (strcmp(n->fallback_url, ours->fallback_url) != 0)
        return "fallback_url";
    return strcmp(n->status_callback, ours->status_callback) != 0 ? "status_callback" : NULL;
}

enum err await_twilio_configure_number(struct scope *s, const struct twilio *t, const char *sid,
                                       const struct twilio_hooks *hooks)
{
    struct buf form = buf_in(s->arena, FORM_MAX);
    form_add(&form, "VoiceUrl", hooks->voice_url);
    form_add(&form, "VoiceMethod", "POST");
    form_add(&form, "VoiceFallbackUrl", hooks->fallback_url);
    form_add(&form, "VoiceFallbackMethod", "POST");
    form_add(&form, "StatusCallback", hooks->status_callback);
    form_add(&form, "StatusCallbackMethod", "POST");
    form_add(&form, "VoiceApplicationSid", "");
    form_add(&form, "TrunkSid", "");
    return await_request(s, t, "POST", number_path(s, sid), &form, NULL);
}

/* ---- the account ---- */

enum err await_twilio_account(struct scope *s, const struct twilio *t, struct twilio_account *out)
{
    struct http_answer ans;
    struct js *j;
    TRY(await_asked(s, t, "GET", ".json", NULL, &ans));
    TRY(read_object(s, &ans, &j));
    *out = (struct twilio_account){.status = text_of(s->arena, j, "status"),
                                   .type = text_of(s->arena, j, "type"),
                                   .date_ms = ans.date_ms};
    return OK;
}

/* ---- recordings ---- */

struct http_stream *twilio_fetch_recording(const struct twilio *t, const struct twilio_sound *sound,
                                           uint64_t total_ms, const struct http_stream_h *h,
                                           void *arg)
{
    struct arena *a = arena_create(64 << 10); /* a range is as long as a header may be */
    const char *path = arena_printf(a, "/Recordings/%s.%s%s", url_encode(a, sound->sid),
                                    sound->mp3 ? "mp3" : "wav",
                                    sound->channels == 2 ? "?RequestedChannels=2" : "");
    struct http_ask ask = ask_for(NULL, t, "GET", account_url(a, t, path), NULL);
    const char *const headers[] = {sound->range ? arena_printf(a, "Range: %s", sound->range) : NULL,
                                   NULL};
    ask.headers = headers;
    ask.max_answer = RECORDING_MAX;
    ask.follow = true; /* it may lie at a storage host */
    ask.total_ms = (unsigned)total_ms;
    ask.idle_ms = RECORDING_IDLE_MS;
    struct http_stream *x = http_stream(&ask, h, arg);
    arena_destroy(a);
    return x;
}

enum err await_twilio_find_recording(struct scope *s, const struct twilio *t, const char *call_sid,
                                     struct twilio_recording *out)
{
    struct js *j;
    struct arena *a = s->arena;
    TRY(await_request(s, t, "GET",
                      arena_printf(a, "/Recordings.json?CallSid=%s", url_encode(a, call_sid)), NULL,
                      &j));
    const struct js *all = js_get(j, "recordings");
    if (!all || !js_count(all))
        return fail(s, ERR_MISSING, NULL, NULL, "twilio: the call has no recording");
    const struct js *last = js_at(all, js_count(all) - 1); /* the newest is on top */
    const char *seconds = text_of(a, last, "duration");
    *out = (struct twilio_recording){.sid = text_of(a, last, "sid"),
                                     .status = text_of(a, last, "status"),
                                     .start_time = text_of(a, last, "start_time"),
                                     .seconds = *seconds ? atoi(seconds) : -1,
                                     .channels = (int)js_int(js_get(last, "channels"))};
    return OK;
}

enum err await_twilio_delete_recording(struct scope *s, const struct twilio *t, const char *sid)
{
    const char *path = arena_printf(s->arena, "/Recordings/%s.json", url_encode(s->arena, sid));
    return await_request(s, t, "DELETE", path, NULL, NULL);
}
