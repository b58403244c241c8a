#include "dial.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/list.h"
#include "base/log.h"
#include "base/metric.h"
#include "dbclock.h"
#include "dialer.h"
#include "io/db.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "messages.h"
#include "relay.h"
#include "sql.h"
#include "voice/link.h"

#define LATE_US         600000 /* after its slot a request does not leave any more */
#define LIMITED_PAUSE_S 5
#define REQUEST_MS      10000 /* dial_next() counts on both: in_doubt */
#define RECORD_MS       10000
#define HOLD_MS         60000 /* a delivery may wait so long for its turn */
#define LATER_S         "5"   /* then another one comes */
#define LOOK_MS         250   /* what else may have become ready meanwhile */

struct attempt {
    const char *id, *fence;
    const char *from, *to;
    bool detect;    /* whether a machine answers */
    uint64_t at_us; /* its slot: clock_us() */
};

/*
 * What an answer takes at least is no news about when its request arrived. Not all of that is believed, because
 * none may be quicker than the quickest so far: all but a millisecond, of less than two the half.
 */
#define ANSWERS_MIN 8
#define DOUBT_US    1000
static uint64_t quickest_us;
static unsigned answers;

/* ---- one asker at a time: who would ask beside it would be told the same ---- */

struct asker {
    struct list link;
    struct wait turn;
};
static struct list askers = {&askers, &askers};
static bool asked, closing;

static void await_asking(void)
{
    struct asker me = {.turn = WAIT_HERE};
    if (!asked) {
        asked = true;
        return;
    }
    list_append(&askers, &me.link);
    await_wait(&me.turn);
}

static void asking_over(void)
{
    struct asker *next = LIST_FIRST(&askers, struct asker, link);
    asked = next != NULL;
    if (!next)
        return;
    list_remove(&next->link);
    wait_settle(&next->turn);
}

/* ---- the request ---- */

/* A URL of ours that names the attempt and proves that we made it. */
static const char *callback(struct scope *s, const char *path, const char *attempt)
{
    const char *token = link_sign(s->arena, cfg.link_secret, "attempt", 0, attempt);
    return arena_printf(s->arena, "%s/webhooks/twilio/%s?attempt=%s&token=%s", cfg.public_url, path,
                        attempt, token);
}

static enum twilio_fate await_request(struct scope *s, const struct attempt *a,
                                      struct twilio_dialed *d)
{
    struct twilio_new_call call = {
        .to = a->to,
        .from = a->from,
        .url = callback(s, "voice", a->id),
        .fallback_url = callback(s, "fallback", a->id),
        .status_callback = callback(s, "status", a->id),
        .amd_callback = a->detect ? callback(s, "amd", a->id) : NULL,
        .ring_s = (unsigned)cfg.ring_seconds,
        .limit_s = (unsigned)cfg.call_minutes * 60,
        .at_us = a->at_us,
        .by_us = a->at_us + LATE_US,
    };
    return await_twilio_dial(s, &account, &call, d);
}

/* When the request had arrived at the latest, by the database's clock; NULL: nobody knows. */
static const char *arrived(struct scope *s, const struct twilio_dialed *d)
{
    uint64_t at_us = d->answered_us;
    if (!d->sent_us) /* nor will it ever */
        return arena_printf(s->arena, "%lld", dbclock_there(clock_us()));
    if (!at_us)
        return NULL;
    uint64_t took = at_us - d->sent_us;
    quickest_us += quickest_us / 1000; /* it may become slower for good */
    quickest_us = !answers || took < quickest_us ? took : quickest_us;
    answers += answers < ANSWERS_MIN;
    if (answers == ANSWERS_MIN)
        at_us -= quickest_us > 2 * DOUBT_US ? quickest_us - DOUBT_US : quickest_us / 2;
    return arena_printf(s->arena, "%lld", dbclock_there(at_us));
}

static long long pause_s(const struct twilio_dialed *d)
{
    return d->late ? 0 : d->retry_after_s ? d->retry_after_s : LIMITED_PAUSE_S;
}

/* What the provider said decides the attempt's state; every way out is committed. */
static enum err await_record(struct scope *s, const struct attempt *a, enum twilio_fate fate,
                             const struct twilio_dialed *d)
{
    static const char *const names[] = {"placed", "refused", "limited", "unknown"};
    metric_add("va_dials_total",
               arena_printf(s->arena, "fate=\"%s\",code=\"%d\"", names[fate], d->code), 1);
    if (d->sent_us > a->at_us)
        metric_time("va_dial_late_seconds", "", d->sent_us - a->at_us);
    log_info(s, "dial.answered", "fate", names[fate], "sid", d->sid, "code", fmt_int(d->code), "to",
             mask_number(a->to), "late_us",
             fmt_int(d->sent_us ? (long long)(d->sent_us - a->at_us) : -1), "took_us",
             fmt_int((long long)(d->answered_us - d->sent_us)));
    switch (fate) {
    case DIAL_PLACED:
        return await_db(s, &SQL_attempt_bound, NULL, a->id, d->sid, arrived(s, d));
    case DIAL_REFUSED:
        return await_db(s, &SQL_attempt_failed, NULL, a->id, "refused", d->message,
                        d->code ? arena_printf(s->arena, "%d", d->code) : NULL, arrived(s, d));
    case DIAL_LIMITED:
        return await_db(s, &SQL_attempt_release, NULL, a->id, a->fence, fmt_int(pause_s(d)),
                        arrived(s, d));
    case DIAL_UNKNOWN:
        break;
    }
    return await_db(s, &SQL_attempt_unknown, NULL, a->id, arrived(s, d));
}

/* `posting` is committed: the one request of this attempt, at its slot, or none at all. */
static enum err await_post(struct scope *s, const struct attempt *a)
{
    fault_point("dial.posting");
    struct twilio_dialed d = {0};
    s->deadline = clock_ms() + REQUEST_MS;
    enum twilio_fate fate = await_request(s, a, &d);
    s->deadline = clock_ms() + RECORD_MS;
    fault_point("dial.answered");
    enum err e = await_record(s, a, fate, &d);
    relay_nudge();
    return e;
}

/* ---- its turn ---- */

static enum err await_ask(struct scope *s, const char *ready, struct rows **next)
{
    TRY(await_dbclock(s));
    return await_db(s, &SQL_attempt_next, next, ready, cfg.account_sid, cfg.dial_cps,
                    fmt_int(cfg.lines_total), fmt_int(cfg.lines_reserved), cfg.countries);
}

/* Until an attempt may be placed (n is 1), none is ready (0), or it has lasted too long (ERR_TIMEOUT). */
static enum err await_next(struct scope *s, const char *ready, struct rows **next)
{
    uint64_t until = clock_ms() + HOLD_MS;
    TRY(await_ask(s, ready, next)); /* it is ready now, whoever places it */
    if ((*next)->n == 0 || row(*next, 0, "attempt"))
        return OK;
    await_asking();
    enum err e = OK;
    while (!e && (*next)->n && !row(*next, 0, "attempt")) {
        uint64_t ms = (uint64_t)row_int(*next, 0, "wait_us") / 1000;
        if (closing || clock_ms() > until) {
            e = ERR_TIMEOUT;
            break;
        }
        await_sleep(ms < LOOK_MS ? ms : LOOK_MS);
        e = await_ask(s, NULL, next);
    }
    asking_over();
    return e;
}

enum err dial(struct msg *m)
{
    struct scope *s = &m->scope;
    struct call_dial in;
    struct rows *next;
    TRY(call_dial_decode(s, m->body, m->n, &in));
    enum err e = await_next(s, in.attempt_id, &next);
    if (e == ERR_TIMEOUT)
        return await_db(s, &SQL_attempt_later, NULL, in.attempt_id, closing ? "0" : LATER_S);
    TRY(e);
    if (next->n == 0)
        return OK; /* another delivery has placed it */

    struct attempt a = {.id = row(next, 0, "attempt"),
                        .fence = row(next, 0, "fence"),
                        .from = row(next, 0, "from_number"),
                        .to = row(next, 0, "to_number"),
                        .detect = row_true(next, 0, "detect"),
                        .at_us = dbclock_here(row_int(next, 0, "at_us"))};
    s->call_id = row(next, 0, "call_id"); /* not the message's: it only said that one is ready */
    return await_post(s, &a);
}

void dial_close(void)
{
    closing = true;
}
