#include "callbacks.h"
#include "base/fault_point.h"
#include "base/metric.h"
#include "dialer.h"
#include "io/db.h"
#include "messages.h"
#include "relay.h"
#include "sql.h"
#include "voicemail.h"

/* An event may be faster than the row of its call; after so many deliveries it is kept without one. */
#define PATIENCE 4

enum err await_apply(struct scope *s, const char *kind, const char *events, bool keep_orphans)
{
    struct rows *done;
    const char *after_s = arena_printf(s->arena, "%d", cfg.reconcile_after_s);
    const char *keep = keep_orphans ? "true" : "false";
    enum err e = await_db(s, &SQL_callbacks_apply, &done, events, kind, after_s, keep);
    if (e == ERR_CONFLICT) /* another writer opened the call between our look and our insert */
        e = await_db(s, &SQL_callbacks_apply, &done, events, kind, after_s, keep);
    TRY(e);
    relay_nudge();
    if (row_int(done, 0, "orphans") == 0)
        return OK;
    metric_add("va_callback_orphans_total", "", (double)row_int(done, 0, "orphans"));
    return keep_orphans ? OK : fail(s, ERR_BUSY, NULL, NULL, "no call for some events yet");
}

static enum err await_body(struct msg *m, const char *kind)
{
    enum err e = await_apply(&m->scope, kind, m->body, m->deliveries >= PATIENCE);
    fault_point("callbacks.applied");
    return e;
}

enum err callbacks_status(struct msg *m)
{
    struct call_status in;
    TRY(call_status_decode(&m->scope, m->body, m->n, &in));
    return await_body(m, "status");
}

enum err callbacks_recording(struct msg *m)
{
    struct call_recording in;
    TRY(call_recording_decode(&m->scope, m->body, m->n, &in));
    return await_body(m, "recording");
}

enum err callbacks_amd(struct msg *m)
{
    struct call_amd in;
    TRY(call_amd_decode(&m->scope, m->body, m->n, &in));
    TRY(await_body(m, "amd"));
    return await_voicemail(&m->scope, m->body);
}
