/* Status, recording and machine-detection callbacks: verified, made into events, confirmed, 204. */
#include "callbacks.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/metric.h"
#include "hook.h"
#include "ingestor.h"
#include "io/mq.h"
#include "loop/gather.h"
#include "messages.h"
#include <stdlib.h>
#include <string.h>

#define CONFIRM_MS     500
#define STATUS_AT_ONCE 2   /* the next message is made while the broker has the last one */
#define EVENTS_MAX     200 /* per message; the schema's bound */
#define EVENTS_BYTES   (60 * 1024)
#define EVENT_ROOM     512 /* what is in an event beside its parameters */

static struct gather status_events, recording_events, amd_events;

/* One message for what arrived while the last one was unconfirmed. */
static enum err publish(void *type, struct batch *events)
{
    struct scope s;
    scope_init(&s, CONFIRM_MS);
    struct buf body = buf_in(s.arena, 2 * EVENTS_BYTES);
    buf_room(&body, strlen(events->items) + EVENT_ROOM);
    buf_puts(&body, "{\"events\":[");
    buf_puts(&body, events->items);
    buf_puts(&body, "]}");
    enum err e = await_publish(
        &s, &(struct mq_out){
                .exchange = MQ_EVT, .key = type, .type = type, .body = body.p, .n = body.n});
    scope_fini(&s);
    metric_add("va_callback_events_total", e ? "result=\"refused\"" : "result=\"confirmed\"",
               (double)events->n);
    metric_add("va_callback_messages_total", "", 1);
    return e;
}

void callbacks_open(void)
{
    gather_init(&status_events, CALL_STATUS, EVENTS_MAX, EVENTS_BYTES, publish, CALL_STATUS);
    gather_init(&recording_events, CALL_RECORDING, EVENTS_MAX, EVENTS_BYTES, publish,
                CALL_RECORDING);
    gather_init(&amd_events, CALL_AMD, EVENTS_MAX, EVENTS_BYTES, publish, CALL_AMD);
    status_events.at_once = STATUS_AT_ONCE;
}

/* What every event has. Written straight away: at thousands a second a tree of values is what costs most. */
static struct buf event_begin(struct req *r)
{
    const struct hook *h = hook_of(r);
    char key[65], now[25];
    struct buf e = buf_in(r->scope.arena, EVENTS_BYTES);
    hook_key(r, key);
    clock_rfc3339(clock_wall_ms(), now);
    buf_room(&e, 2 * r->body_n + EVENT_ROOM);
    buf_putc(&e, '{');
    buf_put_member(&e, "key", key);
    buf_put_member(&e, "call_sid", h->call_sid);
    if (h->attempt_id)
        buf_put_member(&e, "attempt_id", h->attempt_id);
    buf_put_member(&e, "received_at", now);
    buf_put_name(&e, "params");
    hook_put_params(h, &e);
    return e;
}

/* Twilio hears 204 only when the broker has the event; otherwise it calls again. */
static enum err await_event_end(struct req *r, struct gather *g, struct buf *event)
{
    buf_putc(event, '}');
    enum err e = event->over ? ERR_TOO_BIG : await_gathered(g, event->p);
    if (e == ERR_TOO_BIG)
        return fail(&r->scope, e, NULL, NULL, "the event is over %d bytes", EVENTS_BYTES);
    if (e)
        return fail(&r->scope, e, NULL, NULL, "the broker has not confirmed the event");
    return req_reply_bytes(r, 204, NULL, NULL, 0);
}

static void copy_text(const struct hook *h, const char *field, struct buf *e, const char *as,
                      size_t max)
{
    const char *v = hook_get(h, field);
    if (v && *v && strlen(v) <= max)
        buf_put_member(e, as, v);
}

/* A whole number within the bound, or the field is left out and counted. */
static void copy_int(const struct hook *h, const char *field, struct buf *e, const char *as,
                     long max)
{
    const char *v = hook_get(h, field);
    if (!v || !*v)
        return;
    char *end;
    long n = strtol(v, &end, 10);
    if (*end || n < 0 || n > max) {
        metric_add("va_hook_ignored_total", "what=\"number\"", 1);
        return;
    }
    buf_put_name(e, as);
    buf_printf(e, "%ld", n);
}

static void put_status(const struct hook *h, struct buf *e)
{
    static const char *const known[] = {"queued",      "initiated", "ringing",
                                        "in-progress", "completed", "busy",
                                        "no-answer",   "failed",    "canceled"};
    const char *status = hook_get(h, "CallStatus");
    if (status && strcmp(status, "cancelled") == 0) /* one of Twilio's own pages spells it so */
        status = "canceled";
    for (size_t i = 0; status && i < sizeof known / sizeof *known; i++)
        if (strcmp(status, known[i]) == 0) {
            buf_put_member(e, "status", status);
            return;
        }
    metric_add("va_hook_ignored_total", "what=\"status\"", 1);
}

/* Twilio's own time; when absent or odd, the time of receipt. */
static void put_time(const struct hook *h, struct buf *e)
{
    uint64_t ms = clock_parse_rfc2822(hook_get(h, "Timestamp"));
    char at[25];
    clock_rfc3339(ms ? ms : clock_wall_ms(), at);
    buf_put_member(e, "at", at);
}

enum err hook_status(struct req *r)
{
    const struct hook *h = hook_of(r);
    struct buf e = event_begin(r);
    put_status(h, &e);
    put_time(h, &e);
    copy_int(h, "CallDuration", &e, "duration_seconds", 86400);
    copy_int(h, "ErrorCode", &e, "error_code", 999999);
    buf_put_member(&e, "direction", h->direction);
    copy_text(h, "From", &e, "from", 64);
    copy_text(h, "To", &e, "to", 64);
    return await_event_end(r, &status_events, &e);
}

enum err hook_recording(struct req *r)
{
    const struct hook *h = hook_of(r);
    struct buf e = event_begin(r);
    const char *status = hook_get(h, "RecordingStatus");
    if (status && strcmp(status, "completed") == 0 &&
        sid_valid(hook_get(h, "RecordingSid"), "RE")) {
        copy_text(h, "RecordingSid", &e, "recording_sid", 34);
        copy_text(h, "RecordingUrl", &e, "recording_url", 512);
        copy_int(h, "RecordingDuration", &e, "recording_seconds", 86400);
    }
    return await_event_end(r, &recording_events, &e);
}

enum err hook_amd(struct req *r)
{
    const struct hook *h = hook_of(r);
    struct buf e = event_begin(r);
    copy_text(h, "AnsweredBy", &e, "answered_by", 32);
    return await_event_end(r, &amd_events, &e);
}
