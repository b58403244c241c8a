#include "callbacks.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/metric.h"
#include "dialer.h"
#include "io/db.h"
#include "loop/gather.h"
#include "messages.h"
#include "relay.h"
#include "sql.h"
#include "voicemail.h"

/* An event may be faster than the row of its call; after so many deliveries it is kept without one. */
#define PATIENCE    4
#define BATCH_MAX   64 /* messages in one statement */
#define BATCH_BYTES (1024 * 1024)
#define APPLY_MS    5000

static struct gather said; /* messages, of whatever kind */

static const char *message(struct scope *s, const char *kind, const char *events, bool keep_orphans)
{
    return arena_printf(s->arena, "{\"kind\":\"%s\",\"keep\":%s,\"said\":%s}", kind,
                        keep_orphans ? "true" : "false", events);
}

static enum err await_statement(struct scope *s, const char *messages, struct rows **orphans)
{
    const char *batch = arena_printf(s->arena, "[%s]", messages);
    const char *after_s = arena_printf(s->arena, "%d", cfg.reconcile_after_s);
    enum err e = await_db(s, &SQL_callbacks_apply, orphans, batch, after_s);
    if (e == ERR_CONFLICT) /* another writer opened the call between our look and our insert */
        e = await_db(s, &SQL_callbacks_apply, orphans, batch, after_s);
    return e;
}

/* What arrived while the last batch was at work. Whose call is not known yet is looked at again by itself. */
static enum err await_batch(void *arg, struct batch *messages)
{
    (void)arg;
    struct scope s;
    struct rows *orphans;
    scope_init_sized(&s, APPLY_MS, 2 * BATCH_BYTES);
    enum err e = await_statement(&s, messages->items, &orphans);
    for (int i = 0; !e && i < orphans->n; i++)
        gather_refuse(messages, (size_t)row_int(orphans, i, "message"), ERR_MISSING);
    if (e)
        log_warn(&s, "callbacks.batch_failed", "messages", fmt_int((long long)messages->n), "error",
                 err_name(e), "why", s.fault.message);
    else
        relay_nudge();
    scope_fini(&s);
    return e;
}

void callbacks_open(void)
{
    gather_init(&said, "callbacks", BATCH_MAX, BATCH_BYTES, await_batch, NULL);
}

static enum err await_apply_alone(struct scope *s, const char *kind, const char *events,
                                  bool keep_orphans)
{
    struct rows *orphans;
    TRY(await_statement(s, message(s, kind, events, keep_orphans), &orphans));
    relay_nudge();
    if (orphans->n == 0)
        return OK;
    metric_add("va_callback_orphans_total", "", (double)row_int(orphans, 0, "orphans"));
    return keep_orphans ? OK : fail(s, ERR_BUSY, NULL, NULL, "no call for some events yet");
}

enum err await_apply(struct scope *s, const char *kind, const char *events)
{
    return await_apply_alone(s, kind, events, true);
}

/*
 * With whatever else has arrived. If that cannot be done, each message is done for itself: so a bad one has only its
 * own reason to die of, and nobody else dies with it.
 */
static enum err await_applied(struct msg *m, const char *kind)
{
    enum err e = await_gathered(&said, message(&m->scope, kind, m->body, false));
    if (e && err_fate(e) != FATE_RETRY)
        e = await_apply_alone(&m->scope, kind, m->body, m->deliveries >= PATIENCE);
    fault_point("callbacks.applied");
    return e;
}

enum err callbacks_status(struct msg *m)
{
    struct call_status in;
    TRY(call_status_decode(&m->scope, m->body, m->n, &in));
    return await_applied(m, "status");
}

enum err callbacks_recording(struct msg *m)
{
    struct call_recording in;
    TRY(call_recording_decode(&m->scope, m->body, m->n, &in));
    return await_applied(m, "recording");
}

enum err callbacks_amd(struct msg *m)
{
    struct call_amd in;
    TRY(call_amd_decode(&m->scope, m->body, m->n, &in));
    TRY(await_applied(m, "amd"));
    return await_voicemail(&m->scope, m->body);
}
