#include "number.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/metric.h"
#include "dialer.h"
#include "io/db.h"
#include "sql.h"
#include <string.h>

#define ON_ITS_WAY_S "120" /* a purchase, or a number between two statements, may take as long */

/* Where our numbers lead. */
static struct twilio_hooks hooks(struct arena *a)
{
    return twilio_hooks_of(a, cfg.public_url);
}

/* An answer that was expected, and is dealt with, is no fault of the whole. */
static void forget_fault(struct scope *s)
{
    s->fault = (struct fault){0};
}

/* ---- buying ---- */

/* The words with which Twilio says for certain that it has sold us nothing. */
static bool refused(enum err e)
{
    return e == ERR_UNPROCESSABLE || e == ERR_FORBIDDEN || e == ERR_LIMITED || e == ERR_MISSING;
}

/* What the purchase did not tell, the list of our numbers may: taken by us, or an answer that was lost. */
static enum err await_after_purchase(struct scope *s, enum err e, const char *number,
                                     struct twilio_number *out, bool *never)
{
    struct fault why = s->fault;
    *never = refused(e);
    if (*never)
        return e;
    forget_fault(s);
    enum err found = await_twilio_find_number(s, &account, number, out);
    if (found == OK)
        return OK;
    *never = e == ERR_CONFLICT && found == ERR_MISSING;
    s->fault = why;
    return *never || e != ERR_CONFLICT ? e : found;
}

/* never: it is not ours, and nothing that we have sent can make it so. */
static enum err await_obtain(struct scope *s, const char *number, bool asked,
                             struct twilio_number *out, bool *never)
{
    enum err e = asked ? await_twilio_find_number(s, &account, number, out) : ERR_MISSING;
    *never = false;
    if (e != ERR_MISSING)
        return e;
    forget_fault(s);
    e = await_twilio_buy_number(s, &account, number, out);
    return e ? await_after_purchase(s, e, number, out, never) : OK;
}

enum err await_number_buy(struct scope *s, const char *voice_agent_id, const char *number,
                          bool asked)
{
    struct twilio_number bought;
    bool never;
    enum err e = await_obtain(s, number, asked, &bought, &never);
    if (never)
        TRY(await_db(s, &SQL_number_unwanted, NULL, number));
    TRY(e);
    fault_point("provision.bought");
    log_info(s, "number.bought", "number", mask_number(number), "sid", bought.sid);
    return await_db(s, &SQL_number_bought, NULL, voice_agent_id, number, bought.sid);
}

/* ---- where it leads ---- */

enum err await_number_wire(struct scope *s, const char *number, const char **sid)
{
    struct twilio_hooks ours = hooks(s->arena);
    struct twilio_number found;
    if (!*sid) { /* a number of the pool that was entered by hand */
        TRY(await_twilio_find_number(s, &account, number, &found));
        *sid = found.sid;
    }
    return await_twilio_configure_number(s, &account, *sid, &ours);
}

enum err await_number_unwire(struct scope *s, const char *sid)
{
    struct twilio_hooks nowhere = {"", "", ""};
    enum err e = await_twilio_configure_number(s, &account, sid, &nowhere);
    if (e != ERR_MISSING)
        return e;
    forget_fault(s);
    return OK;
}

/* ---- what setups have left behind ---- */

static enum err await_settle_wanted(struct scope *s, const char *number)
{
    struct twilio_number found;
    enum err e = await_twilio_find_number(s, &account, number, &found);
    if (e == ERR_MISSING) {
        forget_fault(s);
        return await_db(s, &SQL_number_unwanted, NULL, number);
    }
    TRY(e);
    log_warn(s, "number.found_again", "number", mask_number(number), "sid", found.sid);
    return await_db(s, &SQL_number_bought, NULL, NULL, number, found.sid);
}

static enum err await_free_orphan(struct scope *s, const char *id, const char *sid)
{
    if (sid)
        TRY(await_number_unwire(s, sid));
    return await_db(s, &SQL_number_free, NULL, id);
}

enum err await_numbers_settle(struct scope *s)
{
    struct rows *wanted, *orphans;
    TRY(await_db(s, &SQL_numbers_wanted, &wanted, ON_ITS_WAY_S));
    for (int i = 0; i < wanted->n; i++)
        TRY(await_settle_wanted(s, row(wanted, i, "phone_number")));
    TRY(await_db(s, &SQL_numbers_orphaned, &orphans, ON_ITS_WAY_S));
    for (int i = 0; i < orphans->n; i++)
        TRY(await_free_orphan(s, row(orphans, i, "id"), row(orphans, i, "twilio_sid")));
    return OK;
}

/* ---- drift ---- */

static void count_drift(struct scope *s, const char *what)
{
    metric_add("va_number_drift_total", arena_printf(s->arena, "what=\"%s\"", what), 1);
}

static enum err await_check_number(struct scope *s, const char *number, const char *sid)
{
    struct twilio_hooks ours = hooks(s->arena);
    struct twilio_number n;
    enum err e = await_twilio_number(s, &account, sid, &n);
    metric_add("va_numbers_checked_total", "", 1);
    if (e == ERR_MISSING) {
        forget_fault(s);
        count_drift(s, "gone");
        log_error(s, "number.gone", "number", mask_number(number), "sid", sid);
        return OK;
    }
    TRY(e);
    const char *what = twilio_drift(&n, &ours);
    if (!what)
        return OK;
    count_drift(s, what);
    log_warn(s, "number.drifted", "number", mask_number(number), "sid", sid, "what", what);
    return await_twilio_configure_number(s, &account, sid, &ours);
}

enum err await_numbers_check(struct scope *s)
{
    struct rows *due;
    TRY(await_db(s, &SQL_numbers_unchecked, &due,
                 arena_printf(s->arena, "%d", cfg.number_check_s)));
    for (int i = 0; i < due->n; i++)
        TRY(await_check_number(s, row(due, i, "phone_number"), row(due, i, "twilio_sid")));
    return OK;
}
