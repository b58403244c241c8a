/* Status, recording and machine-detection callbacks: verified, made into events, confirmed, 204. */
#include "callbacks.h"
#include "base/clock.h"
#include "base/metric.h"
#include "batch.h"
#include "hook.h"
#include "ingestor.h"
#include "messages.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct lane status_lane, recording_lane, amd_lane;

void callbacks_open(void)
{
    lane_init(&status_lane, CALL_STATUS);
    lane_init(&recording_lane, CALL_RECORDING);
    lane_init(&amd_lane, CALL_AMD);
}

/* What every event has. */
static struct js *event_begin(struct req *r)
{
    const struct hook *h = hook_of(r);
    char key[65], now[25];
    hook_key(r, key);
    clock_rfc3339(clock_wall_ms(), now);
    struct js *e = js_object(&r->scope);
    js_set_text(e, "key", key);
    js_set_text(e, "call_sid", h->call_sid);
    if (h->attempt_id)
        js_set_text(e, "attempt_id", h->attempt_id);
    js_set_text(e, "received_at", now);
    js_set(e, "params", hook_params(r));
    return e;
}

static enum err event_end(struct req *r, struct lane *l, struct js *e)
{
    TRY(await_batched(&r->scope, l, js_dump(&r->scope, e)));
    return req_reply_bytes(r, 204, NULL, NULL, 0);
}

static void copy_text(const struct hook *h, const char *field, struct js *e, const char *as, size_t max)
{
    const char *v = hook_get(h, field);
    if (v && *v && strlen(v) <= max)
        js_set_text(e, as, v);
}

/* A whole number within the bound, or the field is left out and counted. */
static void copy_int(const struct hook *h, const char *field, struct js *e, const char *as, long max)
{
    const char *v = hook_get(h, field);
    if (!v || !*v)
        return;
    char *end;
    long n = strtol(v, &end, 10);
    if (*end || n < 0 || n > max)
        metric_add("va_hook_ignored_total", "what=\"number\"", 1);
    else
        js_set_int(e, as, n);
}

static void set_status(const struct hook *h, struct js *e)
{
    static const char *const known[] = {"queued", "initiated", "ringing", "in-progress", "completed",
                                        "busy", "no-answer", "failed", "canceled"};
    const char *status = hook_get(h, "CallStatus");
    if (status && strcmp(status, "cancelled") == 0) /* one of Twilio's own pages spells it so */
        status = "canceled";
    for (size_t i = 0; status && i < sizeof known / sizeof *known; i++)
        if (strcmp(status, known[i]) == 0) {
            js_set_text(e, "status", status);
            return;
        }
    metric_add("va_hook_ignored_total", "what=\"status\"", 1);
}

/* Twilio's Timestamp (RFC 2822 UTC); when absent or odd, the time of receipt. */
static void set_time(const struct hook *h, struct js *e)
{
    const char *stamp = hook_get(h, "Timestamp"), *end;
    struct tm tm = {0};
    char at[25];
    end = stamp ? strptime(stamp, "%a, %d %b %Y %H:%M:%S", &tm) : NULL;
    clock_rfc3339(end ? (uint64_t)timegm(&tm) * 1000 : clock_wall_ms(), at);
    js_set_text(e, "at", at);
}

enum err hook_status(struct req *r)
{
    const struct hook *h = hook_of(r);
    struct js *e = event_begin(r);
    set_status(h, e);
    set_time(h, e);
    copy_int(h, "CallDuration", e, "duration_seconds", 86400);
    copy_int(h, "ErrorCode", e, "error_code", 999999);
    js_set_text(e, "direction", h->direction);
    copy_text(h, "From", e, "from", 64);
    copy_text(h, "To", e, "to", 64);
    return event_end(r, &status_lane, e);
}

enum err hook_recording(struct req *r)
{
    const struct hook *h = hook_of(r);
    struct js *e = event_begin(r);
    const char *status = hook_get(h, "RecordingStatus");
    if (status && strcmp(status, "completed") == 0 && sid_valid(hook_get(h, "RecordingSid"), "RE")) {
        copy_text(h, "RecordingSid", e, "recording_sid", 34);
        copy_text(h, "RecordingUrl", e, "recording_url", 512);
        copy_int(h, "RecordingDuration", e, "recording_seconds", 86400);
    }
    return event_end(r, &recording_lane, e);
}

enum err hook_amd(struct req *r)
{
    const struct hook *h = hook_of(r);
    struct js *e = event_begin(r);
    copy_text(h, "AnsweredBy", e, "answered_by", 32);
    return event_end(r, &amd_lane, e);
}
