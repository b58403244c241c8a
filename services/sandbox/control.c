/* The sandbox's own API: who rings, who answers, what was said, what goes wrong. JSON. */
#include "api.h"
#include "base/clock.h"
#include "call.h"
#include "ledger.h"
#include "manner.h"
#include "network.h"
#include "numbers.h"
#include "recording.h"
#include "sandbox.h"
#include "state.h"
#include "webhook.h"
#include <stdlib.h>
#include <string.h>

#define WAIT_MAX_MS 600000
#define LISTED_MAX  500

static enum err script_named(struct req *r, const char *name, const struct js **out)
{
    const char *text = script_file(&r->scope, cfg.scripts, name);
    struct js *parsed;
    if (!text)
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "script", "script: there is no %.40s.json",
                    name);
    TRY(js_parse(&r->scope, text, 0, &parsed));
    *out = parsed;
    return OK;
}

/* A script is an object, or the name of a file. */
static enum err script_of(struct req *r, const struct js *j, const struct js **out)
{
    *out = j;
    return js_text(j) ? script_named(r, js_text(j), out) : OK;
}

/* The whole body: {"script": ...}, the script itself, or just a name in quotes. */
static enum err script_in_body(struct req *r, const struct js **out)
{
    struct js *j;
    if (r->body[0] == '"')
        return script_named(
            r, arena_strndup(r->scope.arena, r->body + 1, strcspn(r->body + 1, "\"")), out);
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    return script_of(r, js_get(j, "script") ? js_get(j, "script") : j, out);
}

static const char *number_of(struct req *r, const struct js *j, const char *key)
{
    const char *n = js_text(js_get(j, key));
    if (n && number_valid(n))
        return n;
    (void)fail(&r->scope, ERR_UNPROCESSABLE, NULL, key, "%s: a number such as +15550100", key);
    return NULL;
}

enum err control_ring(struct req *r)
{
    struct js *j, *out = js_object(&r->scope), *friendly;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    const char *to = number_of(r, j, "to"), *from = js_text(js_get(j, "from"));
    if (!to)
        return ERR_UNPROCESSABLE;
    if (from && strlen(from) > 40)
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "from", "from: at most 40 characters");
    TRY(js_parse(&r->scope, script_friendly, 0, &friendly));
    const struct js *script = friendly;
    if (js_get(j, "script"))
        TRY(script_of(r, js_get(j, "script"), &script));
    struct call *c = network_ring(to, from ? from : "+14155550199", script, &r->scope);
    if (!c)
        return r->scope.fault.message[0] ? ERR_UNPROCESSABLE : ERR_BUSY;
    js_set_text(out, "call_sid", c->sid);
    return req_reply(r, 201, js_dump(&r->scope, out));
}

/* --- looking at calls --- */

static struct js *summary_js(struct req *r, const struct call *c)
{
    struct js *j = js_object(&r->scope);
    char when[25];
    clock_rfc3339(c->created_wall, when);
    js_set_text(j, "sid", c->sid);
    js_set_text(j, "status", call_status_name(c->status));
    js_set_text(j, "direction", call_direction_name(c->direction));
    js_set_text(j, "from", c->from);
    js_set_text(j, "to", c->to);
    js_set_text(j, "created_at", when);
    js_set_int(j, "duration", c->duration_s);
    js_set_text(j, "parent_call_sid", c->parent[0] ? c->parent : NULL);
    js_set_text(j, "answered_by", c->answered_by);
    if (c->beep_ms)
        js_set_int(j, "beep_ms", c->beep_ms);
    js_set_text(j, "recording_sid", c->recording_sid[0] ? c->recording_sid : NULL);
    return j;
}

static struct js *transcript_js(struct req *r, const struct call *c)
{
    static const char *const who[] = {"caller", "agent", "network"};
    struct js *list = js_array(&r->scope);
    struct line *l;
    LIST_EACH(l, &c->transcript, struct line, link) {
        struct js *j = js_object(&r->scope);
        js_set_text(j, "who", who[l->who]);
        js_set_text(j, "text", l->text);
        js_set_int(j, "at_ms", l->at_ms);
        js_push(list, j);
    }
    return list;
}

static struct js *lines_js(struct req *r, const struct list *lines, const char *text,
                           const char *code, bool ms)
{
    struct js *list = js_array(&r->scope);
    struct line *l;
    LIST_EACH(l, lines, struct line, link) {
        struct js *j = js_object(&r->scope);
        js_set_int(j, code, l->code);
        js_set_text(j, text, l->text);
        js_set_int(j, "at_ms", l->at_ms);
        if (ms)
            js_set_int(j, "ms", l->ms);
        js_push(list, j);
    }
    return list;
}

enum err control_calls(struct req *r)
{
    struct js *j = js_object(&r->scope), *list = js_array(&r->scope);
    struct call *c;
    int n = 0;
    LIST_EACH(c, &calls, struct call, link)
        if (n++ < LISTED_MAX)
            js_push(list, summary_js(r, c));
    js_set_int(j, "live", calls_live());
    js_set(j, "calls", list);
    return req_reply(r, 200, js_dump(&r->scope, j));
}

/* Until that call has ended; NULL when it has been forgotten meanwhile. */
static struct call *await_end(const char *sid, uint64_t deadline)
{
    struct watcher w;
    struct call *c;
    watch(&w);
    while ((c = call_find(sid)) && c->running && clock_left(deadline)) {
        struct event *ev = await_event(&w.box, deadline);
        if (ev)
            event_free(ev);
    }
    unwatch(&w);
    return call_find(sid);
}

enum err control_call(struct req *r)
{
    struct form q;
    TRY(req_query(r, &q));
    const char *wait = form_get(&q, "wait_ms");
    long ms = wait ? atol(wait) : 0;
    ms = ms < 0 ? 0 : ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;
    struct call *c = await_end(req_param(r, "sid"), clock_ms() + (uint64_t)ms);
    if (!c)
        return fail(&r->scope, ERR_MISSING, NULL, NULL, "no such call");
    struct js *j = summary_js(r, c);
    js_set(j, "transcript", transcript_js(r, c));
    js_set(j, "twiml", lines_js(r, &c->fetches, "url", "status", true));
    js_set(j, "errors", lines_js(r, &c->errors, "text", "code", false));
    return req_reply(r, 200, js_dump(&r->scope, j));
}

/* --- people and numbers --- */

enum err control_callee(struct req *r)
{
    const struct js *script = NULL; /* set by script_in_body() */
    struct script ignored;
    const char *number = req_param(r, "number");
    if (!number_valid(number))
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "number", "number: such as +15550100");
    TRY(script_in_body(r, &script));
    TRY(script_read(&r->scope, r->scope.arena, script, &ignored));
    callee_put(number, js_dump(&r->scope, script));
    return req_reply(r, 200, "{}");
}

static struct js *owned_js(struct req *r, const struct number *n)
{
    struct js *j = js_object(&r->scope);
    js_set_text(j, "sid", n->sid);
    js_set_text(j, "phone_number", n->e164);
    js_set_text(j, "voice_url", number_get(n, NUMBER_VOICE_URL));
    return j;
}

enum err control_numbers(struct req *r)
{
    struct js *j = js_object(&r->scope), *list = js_array(&r->scope);
    struct number *n;
    LIST_EACH(n, &numbers, struct number, link)
        js_push(list, owned_js(r, n));
    js_set(j, "numbers", list);
    return req_reply(r, 200, js_dump(&r->scope, j));
}

/* A number that is owned without having been bought; voice_url and status_callback may be given. */
enum err control_number(struct req *r)
{
    struct js *j;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    const char *e164 = number_of(r, j, "phone_number");
    if (!e164)
        return ERR_UNPROCESSABLE;
    struct number *n = number_own(e164);
    if (!n)
        return fail(&r->scope, ERR_CONFLICT, NULL, NULL, "too many numbers");
    if (js_text(js_get(j, "voice_url")))
        number_set(n, NUMBER_VOICE_URL, js_text(js_get(j, "voice_url")));
    if (js_text(js_get(j, "voice_fallback_url")))
        number_set(n, NUMBER_FALLBACK_URL, js_text(js_get(j, "voice_fallback_url")));
    if (js_text(js_get(j, "status_callback")))
        number_set(n, NUMBER_STATUS_URL, js_text(js_get(j, "status_callback")));
    state_keep();
    return req_reply(r, 201, js_dump(&r->scope, owned_js(r, n)));
}

/* --- faults, ledger, latencies --- */

enum err control_faults(struct req *r)
{
    return req_reply(r, 200, js_dump(&r->scope, faults_list(&r->scope)));
}

enum err control_fault_add(struct req *r)
{
    struct js *j;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    TRY(fault_add(&r->scope, j));
    return req_reply(r, 201, "{}");
}

enum err control_faults_clear(struct req *r)
{
    faults_clear();
    return req_reply(r, 200, "{}");
}

enum err control_ledger(struct req *r)
{
    struct form q;
    TRY(req_query(r, &q));
    const char *since = form_get(&q, "since");
    struct js *j = ledger_read(&r->scope, form_get(&q, "api"), since ? atoll(since) : 0);
    return req_reply(r, 200, js_dump(&r->scope, j));
}

enum err control_latency(struct req *r)
{
    static const struct {
        const char *key;
        int *value;
    } known[] = {
        {"first_token_ms", &latency.first_token},
        {"token_ms", &latency.token},
        {"speech_first_byte_ms", &latency.speech_first_byte},
        {"speech_ms_per_second", &latency.speech_per_second},
        {"transcription_ms", &latency.transcription},
        {"twilio_ms", &latency.twilio},
    };
    struct js *j, *out = js_object(&r->scope);
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct js *v = js_get(j, known[i].key);
        if (v && (js_type(v) != JS_INT || js_int(v) < 0 || js_int(v) > 60000))
            return fail(&r->scope, ERR_UNPROCESSABLE, NULL, known[i].key, "%s: 0 to 60000",
                        known[i].key);
        if (v)
            *known[i].value = (int)js_int(v);
        js_set_int(out, known[i].key, *known[i].value);
    }
    return req_reply(r, 200, js_dump(&r->scope, out));
}

enum err control_model(struct req *r)
{
    struct js *j;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    TRY(manner_set(&r->scope, j));
    return req_reply(r, 200, "{}");
}

enum err control_reset(struct req *r)
{
    faults_clear();
    calls_reset();
    recordings_reset();
    numbers_reset();
    state_keep();
    ledger_reset();
    latency_reset();
    manner_reset();
    return req_reply(r, 200, "{}");
}
