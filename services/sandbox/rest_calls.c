/* Twilio's Calls resource. */
#include "api.h"
#include "base/clock.h"
#include "ledger.h"
#include "network.h"
#include "numbers.h"
#include "sandbox.h"
#include "url.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TWIML_TEXT_MAX 4000
#define PAGE_MAX       200 /* Twilio's is 1000; next_page_uri says where to go on */

static const char *rfc2822(struct req *r, uint64_t wall_ms)
{
    if (!wall_ms)
        return NULL;
    char text[40];
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm);
    return arena_strdup(r->scope.arena, text);
}

/* "initiated" is a word of callbacks only. */
static const char *rest_status(const struct call *c)
{
    return call_status_name(c->status == INITIATED ? QUEUED : c->status);
}

static struct js *call_js(struct req *r, const struct call *c)
{
    struct arena *a = r->scope.arena;
    struct js *j = js_object(&r->scope), *sub = js_object(&r->scope);
    const char *uri = arena_printf(a, "/" API_VERSION "/Accounts/%s/Calls/%s", cfg.account, c->sid);
    js_set_text(j, "sid", c->sid);
    js_set_text(j, "account_sid", cfg.account);
    js_set_text(j, "api_version", API_VERSION);
    js_set_text(j, "status", rest_status(c));
    js_set_text(j, "direction", call_direction_name(c->direction));
    js_set_text(j, "to", c->to);
    js_set_text(j, "from", c->from);
    js_set_text(j, "to_formatted", c->to);
    js_set_text(j, "from_formatted", c->from);
    js_set_text(j, "parent_call_sid", c->parent[0] ? c->parent : NULL);
    js_set_text(j, "answered_by", c->answered_by);
    js_set_text(j, "date_created", rfc2822(r, c->created_wall));
    js_set_text(j, "date_updated", rfc2822(r, c->ended_wall ? c->ended_wall : c->created_wall));
    js_set_text(j, "start_time", rfc2822(r, c->started_wall));
    js_set_text(j, "end_time", rfc2822(r, c->ended_wall));
    js_set_text(j, "duration", call_ended(c) ? arena_printf(a, "%u", c->duration_s) : NULL);
    js_set_text(j, "price", NULL);
    js_set_text(j, "price_unit", "USD");
    js_set_text(j, "queue_time", arena_printf(a, "%llu", (unsigned long long)c->slot_ms));
    js_set_text(j, "uri", arena_printf(a, "%s.json", uri));
    js_set_text(sub, "recordings", arena_printf(a, "%s/Recordings.json", uri));
    js_set(j, "subresource_uris", sub);
    return j;
}

/* --- create --- */

static bool method_valid(const char *m)
{
    return !m || strcmp(m, "GET") == 0 || strcmp(m, "POST") == 0;
}

/* The number as a number, or false. */
static bool whole(const char *text, unsigned max, unsigned *out)
{
    if (!text)
        return true;
    if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 7 ||
        (unsigned)atoi(text) > max)
        return false;
    *out = (unsigned)atoi(text);
    return true;
}

struct refusal {
    int code;
    const char *text;
};

static struct refusal check_urls(struct req *r)
{
    static const char *const names[] = {"Url", "FallbackUrl", "StatusCallback",
                                        "RecordingStatusCallback", "AsyncAmdStatusCallback"};
    static const char *const methods[] = {"Method", "FallbackMethod", "StatusCallbackMethod",
                                          "RecordingStatusCallbackMethod",
                                          "AsyncAmdStatusCallbackMethod"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *url = form_text(r, names[i]);
        if (url && !url_callable(url))
            return (struct refusal){
                i == 2 ? 21609 : 21205,
                arena_printf(r->scope.arena, "%s is not a valid URL", names[i])};
        if (!method_valid(form_text(r, methods[i])))
            return (struct refusal){
                20001, arena_printf(r->scope.arena, "%s must be GET or POST", methods[i])};
    }
    return (struct refusal){0};
}

static struct refusal check_create(struct req *r)
{
    const char *to = form_text(r, "To"), *from = form_text(r, "From"),
               *twiml = form_text(r, "Twiml");
    unsigned ignored;
    if (!to)
        return (struct refusal){21201, "No 'To' number is specified"};
    if (!from)
        return (struct refusal){21213, "No 'From' number is specified"};
    if (!form_text(r, "Url") && !twiml && !form_text(r, "ApplicationSid"))
        return (struct refusal){21205, "Url parameter is required."};
    if (!number_valid(to))
        return (struct refusal){
            21211,
            arena_printf(r->scope.arena,
                         "The phone number you are attempting to call, %.40s, is not valid.", to)};
    if (!number_valid(from))
        return (struct refusal){21212, "The source phone number provided is not valid."};
    if (!number_owned(from))
        return (struct refusal){
            21210, "The source phone number provided is not yet verified for your account."};
    if (!form_text(r, "Url") && !twiml)
        return (struct refusal){21218, "Invalid ApplicationSid"};
    if (!form_text(r, "Url") && twiml && strlen(twiml) > TWIML_TEXT_MAX)
        return (struct refusal){32018, "Twiml is over 4000 characters"};
    if (!whole(form_text(r, "Timeout"), 600, &ignored))
        return (struct refusal){21208, "Invalid Timeout"};
    if (!whole(form_text(r, "TimeLimit"), 86400, &ignored))
        return (struct refusal){20001, "Invalid TimeLimit"};
    return check_urls(r);
}

static struct hook hook_of(struct req *r, struct call *c, const char *url, const char *method)
{
    return (struct hook){arena_strdup(c->arena, form_text(r, url)),
                         arena_strdup(c->arena, form_text(r, method))};
}

/* StatusCallbackEvent comes once per event; several words in one value are understood too. */
static unsigned events_of(struct req *r)
{
    struct buf words = buf_in(r->scope.arena, 4096);
    const struct form *f = &VISIT(r)->form;
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->pairs[i].name, "StatusCallbackEvent") == 0)
            buf_printf(&words, "%s ", f->pairs[i].value);
    return status_events(words.p);
}

static bool flag(struct req *r, const char *name)
{
    const char *v = form_text(r, name);
    return v && strcmp(v, "true") == 0;
}

static void read_options(struct req *r, struct call *c)
{
    const char *amd = form_text(r, "MachineDetection"),
               *channels = form_text(r, "RecordingChannels");
    c->voice = hook_of(r, c, "Url", "Method");
    /* With both, Twiml is ignored. */
    c->twiml = c->voice.url ? NULL : arena_strdup(c->arena, form_text(r, "Twiml"));
    c->fallback = hook_of(r, c, "FallbackUrl", "FallbackMethod");
    c->on_status = hook_of(r, c, "StatusCallback", "StatusCallbackMethod");
    c->events = events_of(r);
    (void)whole(form_text(r, "Timeout"), 600, &c->timeout_s);
    (void)whole(form_text(r, "TimeLimit"), 86400, &c->time_limit_s);
    c->record = flag(r, "Record");
    c->record_channels = channels && strcmp(channels, "dual") == 0 ? 2 : 1;
    c->on_recording = hook_of(r, c, "RecordingStatusCallback", "RecordingStatusCallbackMethod");
    c->recording_events = arena_strdup(c->arena, form_text(r, "RecordingStatusCallbackEvent"));
    c->amd = amd && !form_text(r, "SendDigits") &&
             (strcmp(amd, "Enable") == 0 || strcmp(amd, "DetectMessageEnd") == 0);
    c->amd_message_end = amd && strcmp(amd, "DetectMessageEnd") == 0;
    c->amd_async = flag(r, "AsyncAmd");
    c->on_amd = hook_of(r, c, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod");
}

/* Which call this request has made; by the first parameter of its Url a customer knows it again. */
static void note_placed(struct req *r, const struct call *c)
{
    const char *query = c->voice.url ? strchr(c->voice.url, '?') : NULL;
    int n = query ? (int)strcspn(query + 1, "&") : 0;
    ledger_note("network.placed",
                arena_printf(r->scope.arena, "%s %s %.*s", c->sid, c->to, n, n ? query + 1 : ""),
                true);
}

enum err calls_create(struct req *r)
{
    struct refusal no = check_create(r);
    if (no.code)
        return twilio_error(r, 400, no.code, no.text);
    struct call *c = call_create(OUTBOUND_API, form_text(r, "From"), form_text(r, "To"));
    if (!c)
        return twilio_error(r, 429, 10004, "Call concurrency limit exceeded");
    read_options(r, c);
    note_placed(r, c);
    struct js *j = call_js(r, c);
    network_dial(c);
    return answer_js(r, 201, j);
}

/* --- read --- */

static struct call *call_asked(struct req *r)
{
    const char *sid = req_param(r, "sid");
    size_t n = strlen(sid);
    if (n > 5 && strcmp(sid + n - 5, ".json") == 0)
        sid = arena_strndup(r->scope.arena, sid, n - 5);
    return call_find(sid);
}

static enum err not_found(struct req *r)
{
    return twilio_error(
        r, 404, 20404,
        arena_printf(r->scope.arena, "The requested resource %.200s was not found", r->path));
}

enum err calls_fetch(struct req *r)
{
    struct call *c = call_asked(r);
    return c ? answer_js(r, 200, call_js(r, c)) : not_found(r);
}

/* "StartTime", "StartTime>" and "StartTime<" with a date; by UTC day, as Twilio does. */
static bool day_fits(struct req *r, const struct call *c)
{
    char day[25];
    clock_rfc3339(c->started_wall ? c->started_wall : c->created_wall, day);
    day[10] = 0;
    const char *on = form_text(r, "StartTime"), *after = form_text(r, "StartTime>"),
               *before = form_text(r, "StartTime<");
    return (!on || strncmp(day, on, 10) == 0) && (!after || strncmp(day, after, 10) >= 0) &&
           (!before || strncmp(day, before, 10) <= 0);
}

static bool fits(struct req *r, const struct call *c)
{
    const char *to = form_text(r, "To"), *from = form_text(r, "From"),
               *status = form_text(r, "Status");
    const char *parent = form_text(r, "ParentCallSid");
    return (!to || strcmp(to, c->to) == 0) && (!from || strcmp(from, c->from) == 0) &&
           (!status || strcmp(status, rest_status(c)) == 0) &&
           (!parent || strcmp(parent, c->parent) == 0) && day_fits(r, c);
}

static const char *page_uri(struct req *r, unsigned page, unsigned size)
{
    struct buf b = buf_in(r->scope.arena, 4096);
    buf_printf(&b, "%s?PageSize=%u&Page=%u", r->path, size, page);
    const char *query = strchr(r->target, '?');
    for (const char *p = query ? query + 1 : ""; *p;) {
        size_t n = strcspn(p, "&");
        if (n && strncmp(p, "Page", 4) != 0)
            buf_printf(&b, "&%.*s", (int)n, p);
        p += n + (p[n] == '&');
    }
    return b.p;
}

enum err calls_list(struct req *r)
{
    unsigned size = 50, page = 0, seen = 0;
    if (!whole(form_text(r, "PageSize"), 1000, &size) ||
        !whole(form_text(r, "Page"), 1000000, &page))
        return twilio_error(r, 400, 20001, "Invalid PageSize or Page");
    size = size < 1 ? 1 : size > PAGE_MAX ? PAGE_MAX : size;
    struct js *j = js_object(&r->scope), *list = js_array(&r->scope);
    struct call *c;
    LIST_EACH(c, &calls, struct call, link) {
        if (!fits(r, c))
            continue;
        if (seen >= page * size && seen < (page + 1) * size)
            js_push(list, call_js(r, c));
        seen++;
    }
    js_set(j, "calls", list);
    js_set_int(j, "page", page);
    js_set_int(j, "page_size", size);
    js_set_int(j, "start", page * size);
    js_set_text(j, "uri", page_uri(r, page, size));
    js_set_text(j, "first_page_uri", page_uri(r, 0, size));
    js_set_text(j, "next_page_uri", seen > (page + 1) * size ? page_uri(r, page + 1, size) : NULL);
    js_set_text(j, "previous_page_uri", page ? page_uri(r, page - 1, size) : NULL);
    return answer_js(r, 200, j);
}

/* --- update --- */

static enum err change_status(struct req *r, struct call *c, const char *status)
{
    bool waiting = c->status < IN_PROGRESS;
    if (strcmp(status, "canceled") == 0) {
        if (!waiting)
            return twilio_error(r, 400, 21220, "Call is in-progress. Cannot cancel.");
        call_hang_up(c, CANCELED);
    } else if (strcmp(status, "completed") == 0) {
        call_hang_up(c, waiting ? CANCELED : COMPLETED);
    } else {
        return twilio_error(r, 400, 21220, "Invalid Status");
    }
    return answer_js(r, 200, call_js(r, c));
}

static enum err change_document(struct req *r, struct call *c)
{
    const char *url = form_text(r, "Url"), *twiml = form_text(r, "Twiml");
    if (c->status != IN_PROGRESS)
        return twilio_error(r, 400, 21220, "Call is not in-progress. Cannot redirect.");
    if (url && !url_callable(url))
        return twilio_error(r, 400, 21205, "Url is not a valid URL");
    if (twiml && strlen(twiml) > TWIML_TEXT_MAX)
        return twilio_error(r, 400, 32018, "Twiml is over 4000 characters");
    if (arena_used(c->arena) > 256 * 1024)
        return twilio_error(r, 400, 20001, "Too many updates of one call");
    if (url)
        c->redirect = hook_of(r, c, "Url", "Method");
    else
        c->redirect_twiml = arena_strdup(c->arena, twiml);
    call_poke(c);
    return answer_js(r, 200, call_js(r, c));
}

enum err calls_update(struct req *r)
{
    struct call *c = call_asked(r);
    if (!c)
        return not_found(r);
    if (call_ended(c) || c->gone)
        return twilio_error(r, 400, 21220, "Call is not in-progress. Cannot redirect.");
    struct refusal no = check_urls(r);
    if (no.code)
        return twilio_error(r, 400, no.code, no.text);
    if (form_text(r, "StatusCallback") && arena_used(c->arena) < 256 * 1024)
        c->on_status = hook_of(r, c, "StatusCallback", "StatusCallbackMethod");
    if (form_text(r, "FallbackUrl") && arena_used(c->arena) < 256 * 1024)
        c->fallback = hook_of(r, c, "FallbackUrl", "FallbackMethod");
    (void)whole(form_text(r, "TimeLimit"), 86400, &c->time_limit_s);
    if (form_text(r, "Status"))
        return change_status(r, c, form_text(r, "Status"));
    if (form_text(r, "Url") || form_text(r, "Twiml"))
        return change_document(r, c);
    return answer_js(r, 200, call_js(r, c));
}
