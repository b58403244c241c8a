#include "reconcile.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/metric.h"
#include "callbacks.h"
#include "dialer.h"
#include "io/db.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "messages.h"
#include "number.h"
#include "recordings.h"
#include "relay.h"
#include "sql.h"
#include <string.h>

#define OPEN_AFTER_S      "20" /* an attempt that has not been answered for longer is looked into */
#define FORGOTTEN_AFTER_S "600" /* so long a ready attempt may well wait for its turn */
#define CLOCK_SKEW_S      10
#define PASS_MS           60000
#define ONE_MS            15000 /* for one attempt or call */

static struct mailbox wakes;
static bool closing;

/* Each row in a scope of its own: neither its memory nor its failure is the others'. */
static void await_each(const struct scope *pass, const struct rows *of,
                       enum err (*one)(struct scope *s, const struct rows *of, int i))
{
    for (int i = 0; i < of->n && !closing && clock_left(pass->deadline); i++) {
        struct scope s;
        scope_init(&s, ONE_MS);
        enum err e = one(&s, of, i);
        if (e)
            log_warn(&s, "reconcile.failed", "of", row(of, i, "id"), "error", err_name(e), "why",
                     s.fault.message);
        scope_fini(&s);
    }
}

/* What Twilio says now, in the shape of what it would have said by callback. */
static enum err await_apply_answer(struct scope *s, const struct twilio_call *c)
{
    char now[25], at[25];
    uint64_t ended = clock_parse_rfc2822(c->end_time);
    clock_rfc3339(clock_wall_ms(), now);
    clock_rfc3339(ended ? ended : clock_wall_ms(), at);
    struct js *body = js_object(s), *events = js_array(s), *e = js_object(s),
              *params = js_object(s);
    js_set_text(params, "CallSid", c->sid);
    js_set_text(params, "CallStatus", c->status);
    js_set_text(e, "key", arena_printf(s->arena, "asked:%s:%s", c->sid, c->status));
    js_set_text(e, "call_sid", c->sid);
    js_set_text(e, "status", c->status);
    js_set_text(e, "at", at);
    js_set_text(e, "received_at", now);
    js_set_text(e, "direction", strncmp(c->direction, "outbound", 8) == 0 ? "outbound" : "inbound");
    js_set_text(e, "from", c->from);
    js_set_text(e, "to", c->to);
    if (c->duration_s >= 0)
        js_set_int(e, "duration_seconds", c->duration_s);
    js_set(e, "params", params);
    js_push(events, e);
    js_set(body, "events", events);
    return await_apply(s, "asked", js_dump(s, body));
}

/* Twilio's call that this attempt's lost request made, if it lists one. */
static enum err await_find_placed(struct scope *s, const struct rows *open, int i,
                                  struct twilio_call *found)
{
    struct twilio_calls list;
    struct rows *known;
    uint64_t since_ms = (uint64_t)(row_int(open, i, "posted_epoch") - CLOCK_SKEW_S) * 1000;
    TRY(await_twilio_list_calls(s, &account, row(open, i, "to_number"), row(open, i, "from_number"),
                                row(open, i, "posted_day"), &list));
    for (size_t k = 0; k < list.n; k++) {
        if (clock_parse_rfc2822(list.calls[k].date_created) < since_ms)
            continue;
        TRY(await_db(s, &SQL_sid_known, &known, list.calls[k].sid));
        if (known->n == 0) {
            *found = list.calls[k];
            return OK;
        }
    }
    return ERR_MISSING;
}

static enum err await_settle_attempt(struct scope *s, const struct rows *open, int i)
{
    struct twilio_call found;
    const char *id = row(open, i, "id");
    enum err e = await_find_placed(s, open, i, &found);
    if (e == OK) {
        log_info(s, "reconcile.bound", "attempt", id, "sid", found.sid);
        fault_point("reconcile.found");
        TRY(await_db(s, &SQL_attempt_bound, NULL, id, found.sid, NULL));
        return await_apply_answer(s, &found);
    }
    if (e != ERR_MISSING)
        return e;
    if (row_int(open, i, "age_seconds") <= cfg.absent_after_s)
        return await_db(s, &SQL_attempt_unknown, NULL, id, NULL);
    log_info(s, "reconcile.absent", "attempt", id);
    return await_db(s, &SQL_attempt_failed, NULL, id, "absent", "not_placed", NULL, NULL);
}

static enum err await_settle_attempts(struct scope *s)
{
    struct rows *open;
    TRY(await_db(s, &SQL_attempts_open, &open, OPEN_AFTER_S));
    await_each(s, open, await_settle_attempt);
    return OK;
}

static enum err await_ask_about(struct scope *s, const struct rows *overdue, int i)
{
    struct twilio_call now;
    const char *sid = row(overdue, i, "twilio_call_sid");
    if (!sid)
        return OK; /* not placed yet: its attempt decides */
    enum err e = await_twilio_call(s, &account, sid, &now);
    metric_add("va_reconcile_asked_total", "", 1);
    if (e == ERR_MISSING)
        return await_db(s, &SQL_call_lost, NULL, row(overdue, i, "id"), "unknown_to_provider");
    TRY(e);
    if (*now.end_time)
        metric_add("va_callbacks_lost_total", "", 1);
    return await_apply_answer(s, &now);
}

static enum err await_ask_about_silent_calls(struct scope *s)
{
    struct rows *overdue;
    TRY(await_db(s, &SQL_calls_overdue, &overdue,
                 arena_printf(s->arena, "%d", cfg.reconcile_after_s)));
    await_each(s, overdue, await_ask_about);
    return OK;
}

static enum err await_remember_forgotten(struct scope *s)
{
    return await_db(s, &SQL_attempts_forgotten, NULL, FORGOTTEN_AFTER_S);
}

static enum err await_resume_setups(struct scope *s)
{
    return await_db(s, &SQL_provision_stuck, NULL);
}

static enum err await_housekeep(struct scope *s)
{
    return await_db(s, &SQL_housekeep, NULL);
}

static const struct {
    const char *name;
    enum err (*step)(struct scope *s);
} steps[] = {
    /* clang-format off */
    {"attempts",      await_settle_attempts},
    {"silent_calls",  await_ask_about_silent_calls},
    {"forgotten",     await_remember_forgotten},
    {"setups",        await_resume_setups},
    {"lost_numbers",  await_numbers_settle},
    {"number_drift",  await_numbers_check},
    {"recordings",    await_recordings_due},
    {"lost_recordings", await_recordings_find},
    {"old_recordings", await_recordings_expire},
    {"housekeeping",  await_housekeep},
    /* clang-format on */
};

/* One pass; a step that fails does not keep the others from running. */
static void await_pass(void)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !closing; i++) {
        struct scope s;
        scope_init(&s, PASS_MS);
        enum err e = steps[i].step(&s);
        if (e)
            log_warn(&s, "reconcile.failed", "step", steps[i].name, "error", err_name(e), "why",
                     s.fault.message);
        scope_fini(&s);
    }
    relay_nudge();
}

static void reconcile(void *arg)
{
    (void)arg;
    while (!closing) {
        event_free(await_event(&wakes, clock_ms() + (uint64_t)cfg.reconcile_ms));
        if (!closing && db_ready())
            await_pass();
    }
}

void reconcile_open(void)
{
    mailbox_init(&wakes, 1);
    task_spawn("reconciler", reconcile, NULL);
}

void reconcile_close(void)
{
    closing = true;
    mailbox_post(&wakes, 0, NULL, 0);
}
