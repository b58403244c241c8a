#include "pulse.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "dialer.h"
#include "io/db.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "sql.h"

#define EVERY_MS 5000
#define LOOK_MS  3000

static struct mailbox wakes;
static bool closing;

static const struct {
    const char *column, *metric, *labels;
} figures[] = {
    /* clang-format off */
    {"inbound",     "va_lines",          "direction=\"inbound\""},
    {"outbound",    "va_lines",          "direction=\"outbound\""},
    {"disputed",    "va_lines",          "direction=\"disputed\""},
    {"ready",       "va_attempts",       "state=\"ready\""},
    {"posting",     "va_attempts",       "state=\"posting\""},
    {"unknown",     "va_attempts",       "state=\"unknown\""},
    {"slots_free",  "va_dial_slots",     "state=\"free\""},
    {"slots_taken", "va_dial_slots",     "state=\"taken\""},
    {"waiting",     "va_outbox_waiting", ""},
    {"late",        "va_outbox_late",    ""},
    /* clang-format on */
};

static enum err await_look(struct scope *s)
{
    struct rows *r;
    TRY(await_db(s, &SQL_pulse, &r, cfg.account_sid));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        metric_set(figures[i].metric, figures[i].labels, (double)row_int(r, 0, figures[i].column));
    metric_set("va_outbox_age_seconds", "", (double)row_int(r, 0, "age_ms") / 1000);
    metric_set("va_lines_max", "", cfg.lines_total);
    return OK;
}

static void pulse(void *arg)
{
    (void)arg;
    while (!closing) {
        struct scope s;
        scope_init(&s, LOOK_MS);
        enum err e = db_ready() ? await_look(&s) : OK;
        if (e)
            log_warn(&s, "pulse.failed", "error", err_name(e), "why", s.fault.message);
        scope_fini(&s);
        event_free(await_event(&wakes, clock_ms() + EVERY_MS));
    }
}

void pulse_open(void)
{
    mailbox_init(&wakes, 1);
    task_spawn("pulse", pulse, NULL);
}

void pulse_close(void)
{
    closing = true;
    mailbox_post(&wakes, 0, NULL, 0);
}
