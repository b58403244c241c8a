#include "release.h"
#include "base/clock.h"
#include "base/log.h"
#include "dialer.h"
#include "io/db.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "relay.h"
#include "sql.h"

#define WINDOW  "50" /* calls of a batch without delay that wait to be posted */
#define TICK_MS 1000
#define PASS_MS 10000

static struct mailbox nudges;
static bool closing;

static enum err await_release(struct scope *s, uint64_t *wait_ms)
{
    struct rows *next;
    TRY(await_db(s, &SQL_batches_release, &next, WINDOW, cfg.countries));
    if (row(next, 0, "wait_ms"))
        *wait_ms = (uint64_t)row_int(next, 0, "wait_ms");
    relay_nudge();
    return OK;
}

static uint64_t await_pass(void)
{
    struct scope s;
    uint64_t wait_ms = TICK_MS;
    scope_init(&s, PASS_MS);
    enum err e = await_release(&s, &wait_ms);
    if (e)
        log_warn(&s, "release.failed", "error", err_name(e), "why", s.fault.message);
    scope_fini(&s);
    return wait_ms;
}

static void release(void *arg)
{
    (void)arg;
    while (!closing) {
        uint64_t wait_ms = db_ready() ? await_pass() : TICK_MS;
        event_free(await_event(&nudges, clock_ms() + wait_ms));
    }
}

void release_open(void)
{
    mailbox_init(&nudges, 1);
    task_spawn("batches.release", release, NULL);
}

void release_nudge(void)
{
    mailbox_post(&nudges, 0, NULL, 0);
}

void release_close(void)
{
    closing = true;
    release_nudge();
}
