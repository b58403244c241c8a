#include "relay.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "io/db.h"
#include "io/mq.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "sql.h"

#define BATCH      "200"
#define CONFIRM_MS 5000
#define RETRY_MS   500 /* while the database is away */

static struct mailbox nudges; /* at most one: it only says "look" */
static bool closing, working;

/* One batch on its way: the publishes of all its rows, and the ids that were confirmed. */
struct shipment {
    struct wait landed;
    int left;
    struct buf sent; /* JSON array of ids */
};

struct parcel {
    struct shipment *shipment;
    const char *id;
};

static void on_confirmed(void *arg, enum err e)
{
    struct parcel *p = arg;
    struct shipment *sh = p->shipment;
    /* What was not confirmed, or had no queue to go to, is due again when its lease ends. */
    if (e == OK)
        buf_printf(&sh->sent, "%s\"%s\"", sh->sent.n > 1 ? "," : "", p->id);
    if (--sh->left == 0)
        wait_settle(&sh->landed);
}

static void send(struct scope *s, struct shipment *sh, const struct rows *due, int i)
{
    struct parcel *p = arena_alloc(s->arena, sizeof *p);
    *p = (struct parcel){sh, row(due, i, "id")};
    struct mq_out out = {
        .exchange = row(due, i, "exchange"),
        .key = row(due, i, "routing_key"),
        .type = row(due, i, "type"),
        .body = row(due, i, "body"),
        .id = p->id,
        .tenant = row(due, i, "tenant"),
        .call_id = row(due, i, "call_id"),
        .trace = row(due, i, "trace"),
    };
    mq_publish(&out, clock_ms() + CONFIRM_MS, on_confirmed, p);
}

static enum err await_ship(struct scope *s, const struct rows *due)
{
    fault_point("relay.leased");
    struct shipment sh = {
        .landed = WAIT_HERE, .left = due->n, .sent = buf_in(s->arena, SCOPE_ARENA_MAX / 4)};
    buf_putc(&sh.sent, '[');
    for (int i = 0; i < due->n; i++)
        send(s, &sh, due, i);
    await_wait(&sh.landed);
    buf_putc(&sh.sent, ']');
    fault_point("relay.confirmed");
    return await_db(s, &SQL_outbox_sent, NULL, sh.sent.p);
}

/* Publish everything that is due; how long until the next look. */
static enum err await_drain(struct scope *s, uint64_t *wait_ms)
{
    struct rows *due, *next;
    TRY(await_db(s, &SQL_outbox_lease, &due, BATCH));
    if (due->n > 0) {
        *wait_ms = 0;
        return await_ship(s, due);
    }
    TRY(await_db(s, &SQL_outbox_next, &next));
    *wait_ms = (uint64_t)row_int(next, 0, "wait_ms");
    return OK;
}

static void relay(void *arg)
{
    (void)arg;
    while (!closing) {
        uint64_t wait_ms = RETRY_MS;
        if (db_ready() && mq_ready()) {
            struct scope s;
            scope_init_sized(&s, CONFIRM_MS * 2,
                             8 * SCOPE_ARENA_MAX); /* 200 bodies of at most 64 KiB */
            enum err e = await_drain(&s, &wait_ms);
            if (e)
                log_warn(&s, "outbox.relay_failed", "error", err_name(e), "why", s.fault.message);
            scope_fini(&s);
        }
        if (wait_ms)
            event_free(await_event(&nudges, clock_ms() + wait_ms));
    }
    working = false;
}

void relay_open(void)
{
    mailbox_init(&nudges, 1);
    working = true;
    task_spawn("outbox.relay", relay, NULL);
}

void relay_nudge(void)
{
    mailbox_post(&nudges, 0, NULL, 0);
}

void relay_close(void)
{
    closing = true;
    relay_nudge();
}

bool relay_idle(void)
{
    return !working;
}
