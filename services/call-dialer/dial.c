#include "dial.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/metric.h"
#include "dialer.h"
#include "io/db.h"
#include "loop/task.h"
#include "messages.h"
#include "relay.h"
#include "sql.h"
#include "voice/link.h"

#define POST_WITHIN_MS                                                                             \
    2000 /* of the statement that allowed it; a process that was frozen is late */
#define LIMITED_PAUSE_S 5

struct attempt {
    const char *id, *fence;
    const char *from, *to;
    uint64_t allowed_at;
};

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
        .ring_s = (unsigned)cfg.ring_seconds,
        .limit_s = (unsigned)cfg.call_minutes * 60,
    };
    return await_twilio_dial(s, &account, &call, d);
}

/* What the provider said decides the attempt's state; every way out is committed. */
static enum err await_record(struct scope *s, const struct attempt *a, enum twilio_fate fate,
                             const struct twilio_dialed *d)
{
    static const char *const names[] = {"placed", "refused", "limited", "unknown"};
    metric_add("va_dials_total", arena_printf(s->arena, "fate=\"%s\"", names[fate]), 1);
    log_info(s, "dial.answered", "fate", names[fate], "sid", d->sid, "code", fmt_int(d->code), "to",
             mask_number(a->to));
    switch (fate) {
    case DIAL_PLACED:
        return await_db(s, &SQL_attempt_bound, NULL, a->id, d->sid);
    case DIAL_REFUSED:
        return await_db(s, &SQL_attempt_failed, NULL, a->id, "refused", d->message,
                        d->code ? arena_printf(s->arena, "%d", d->code) : NULL);
    case DIAL_LIMITED:
        return await_db(
            s, &SQL_attempt_release, NULL, a->id, a->fence,
            arena_printf(s->arena, "%u", d->retry_after_s ? d->retry_after_s : LIMITED_PAUSE_S));
    case DIAL_UNKNOWN:
        break;
    }
    return await_db(s, &SQL_attempt_unknown, NULL, a->id);
}

/* `posting` is committed: the one request of this attempt, or none at all. */
static enum err await_post(struct scope *s, const struct attempt *a)
{
    fault_point("dial.posting");
    if (clock_ms() - a->allowed_at > POST_WITHIN_MS) {
        log_warn(s, "dial.too_late", "attempt", a->id);
        return await_db(s, &SQL_attempt_failed, NULL, a->id, "absent", "not_placed", NULL);
    }
    struct twilio_dialed d = {0};
    enum twilio_fate fate = await_request(s, a, &d);
    fault_point("dial.answered");
    enum err e = await_record(s, a, fate, &d);
    relay_nudge();
    return e;
}

enum err dial(struct msg *m)
{
    struct scope *s = &m->scope;
    struct call_dial in;
    struct rows *claim, *go;
    TRY(call_dial_decode(s, m->body, m->n, &in));

    const char *spacing = arena_printf(s->arena, "%.6f", 1.0 / cfg.dial_cps);
    TRY(await_db(s, &SQL_attempt_claim, &claim, in.attempt_id, cfg.account_sid, spacing));
    if (claim->n == 0)
        return OK; /* another delivery has it, or it is past claiming */
    struct attempt a = {.id = in.attempt_id, .fence = row(claim, 0, "fence")};
    fault_point("dial.claimed");
    await_sleep((uint64_t)row_int(claim, 0, "wait_ms")); /* until the account's slot */

    a.allowed_at = clock_ms();
    TRY(await_db(s, &SQL_attempt_post, &go, a.id, a.fence, cfg.countries));
    if (go->n == 0)
        return OK; /* the lease lapsed meanwhile: somebody else's now */
    if (row(go, 0, "reason")) {
        log_info(s, "dial.denied", "reason", row(go, 0, "reason"));
        relay_nudge();
        return OK;
    }
    a.from = row(go, 0, "from_number");
    a.to = row(go, 0, "to_number");
    return await_post(s, &a);
}
