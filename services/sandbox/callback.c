/* Callbacks: status, recording, detection and streams, each posted by a task of its own. */
#include "base/clock.h"
#include "base/die.h"
#include "faults.h"
#include "ledger.h"
#include "loop/task.h"
#include "sandbox.h"
#include "url.h"
#include "webhook.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BUDGET_MS 120000 /* a retry and a fault's delay included */

static const char *rfc2822(struct arena *a, uint64_t wall_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    return arena_printf(a, "%s, %02d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday,
                        months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

struct callback {
    struct scope scope;
    struct http_ask ask;
    char call_sid[SID_TEXT];
    const char *name;
    unsigned delay_ms, copies;
};
static int running;

int callbacks_running(void)
{
    return running;
}

static void send_callback(struct callback *b)
{
    struct http_answer answer = {0};
    enum err e;
    uint64_t began = clock_ms();
    await_webhook(&b->scope, &b->ask, url_override(b->ask.url, "rc", 1), &answer, &e);
    ledger_note(b->name, b->call_sid, !e && answer.status < 300);
    struct call *c = call_find(b->call_sid);
    if (!c)
        return;
    call_fetched(c, b->ask.url, e ? 0 : answer.status, (int)(clock_ms() - began));
    if (e || answer.status >= 300)
        call_erred(c, e ? 11200 : 15003,
                   arena_printf(b->scope.arena, "%s: %s %d", b->name, e ? err_code(e) : "status",
                                answer.status));
}

static void callback_task(void *arg)
{
    struct callback *b = arg;
    if (b->delay_ms)
        await_sleep(b->delay_ms);
    while (b->copies--)
        send_callback(b);
    scope_fini(&b->scope);
    free(b);
    running--;
}

static void send(struct call *c, const char *name, const struct hook *h, struct params *p)
{
    struct callback *b = must(calloc(1, sizeof *b));
    struct fault_rule fault = {0};
    scope_init(&b->scope, BUDGET_MS);
    memcpy(b->call_sid, c->sid, sizeof b->call_sid);
    b->name = name;
    b->copies = 1;
    webhook_prepare(b->scope.arena, &b->ask, h, p);
    if (fault_due(name, b->scope.arena, &fault)) {
        b->copies = fault.kind == FAULT_DROP ? 0 : fault.kind == FAULT_DUPLICATE ? 2 : 1;
        bool late = fault.kind == FAULT_DELAY || fault.kind == FAULT_REORDER;
        b->delay_ms = late ? fault.ms : 0;
    }
    running++;
    task_spawn("callback", callback_task, b);
}

static void final_params(struct call *c, struct params *p)
{
    params_int(p, "CallDuration", c->duration_s);
    params_int(p, "Duration", (c->duration_s + 59) / 60);
    if (c->sip)
        params_int(p, "SipResponseCode", c->sip);
    struct recording *r = c->whole_recording_sid[0] ? recording_find(c->whole_recording_sid) : NULL;
    if (!r)
        return;
    params_add(p, "RecordingUrl", recording_url(p->arena, r));
    params_add(p, "RecordingSid", r->sid);
    params_int(p, "RecordingDuration", recording_seconds(r));
}

void callback_status(struct call *c, unsigned event)
{
    if (!c->on_status.url || !(c->events & event))
        return;
    struct arena *a = arena_create(1 << 20);
    struct params p = {.arena = a};
    call_params(c, &p);
    params_add(&p, "Timestamp", rfc2822(a, clock_wall_ms()));
    params_add(&p, "CallbackSource", "call-progress-events");
    params_int(&p, "SequenceNumber", c->sequence++);
    if (event == ON_COMPLETED)
        final_params(c, &p);
    send(c, "callback.status", &c->on_status, &p);
    arena_destroy(a);
}

static const char *recording_status_name(enum recording_status s)
{
    return s == RECORDING_RUNS ? "in-progress" : s == RECORDING_DONE ? "completed" : "absent";
}

void callback_recording(struct call *c, const struct recording *r)
{
    if (!r->url[0])
        return;
    struct arena *a = arena_create(1 << 20);
    struct params p = {.arena = a};
    params_add(&p, "AccountSid", cfg.account);
    params_add(&p, "CallSid", r->call_sid);
    params_add(&p, "RecordingSid", r->sid);
    params_add(&p, "RecordingUrl", recording_url(a, r));
    params_add(&p, "RecordingStatus", recording_status_name(r->status));
    if (r->status == RECORDING_DONE)
        params_int(&p, "RecordingDuration", recording_seconds(r));
    params_int(&p, "RecordingChannels", r->channels);
    params_add(&p, "RecordingStartTime", rfc2822(a, r->started_wall));
    params_add(&p, "RecordingSource", r->source);
    params_add(&p, "RecordingTrack", r->person_only ? "inbound" : "both");
    params_add(&p, "ErrorCode", r->status == RECORDING_ABSENT ? "16102" : "0");
    send(c, "callback.recording", &(struct hook){r->url, r->method}, &p);
    arena_destroy(a);
}

void callback_amd(struct call *c)
{
    if (!c->on_amd.url)
        return;
    struct arena *a = arena_create(1 << 20);
    struct params p = {.arena = a};
    params_add(&p, "CallSid", c->sid);
    params_add(&p, "AccountSid", cfg.account);
    params_add(&p, "AnsweredBy", c->answered_by);
    params_int(&p, "MachineDetectionDuration", c->amd_ms);
    send(c, "callback.amd", &c->on_amd, &p);
    arena_destroy(a);
}

void callback_stream(struct call *c, const struct hook *h, const char *sid, const char *name,
                     const char *event, const char *error)
{
    char when[25];
    if (!h->url)
        return;
    struct arena *a = arena_create(1 << 20);
    struct params p = {.arena = a};
    clock_rfc3339(clock_wall_ms(), when);
    params_add(&p, "AccountSid", cfg.account);
    params_add(&p, "CallSid", c->sid);
    params_add(&p, "StreamSid", sid);
    params_add(&p, "StreamName", name);
    params_add(&p, "StreamEvent", event);
    params_add(&p, "StreamError", error);
    params_add(&p, "Timestamp", when);
    send(c, "callback.stream", h, &p);
    arena_destroy(a);
}
