#include "provision.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "dialer.h"
#include "io/db.h"
#include "messages.h"
#include "number.h"
#include "relay.h"
#include "sql.h"
#include <string.h>

#define OFFERS_TRIED 5
#define NOTE_MS      5000 /* to write down what failed, when the time of the message is over */

struct setup {
    struct scope *s;
    const char *voice_agent_id;
    const char *step;         /* at work on */
    const struct rows *state; /* provision_state.sql, read anew after each step */
};

static const char *state(const struct setup *u, const char *column)
{
    return row(u->state, 0, column);
}

static enum err await_look(struct setup *u)
{
    struct rows *r;
    TRY(await_db(u->s, &SQL_provision_state, &r, u->voice_agent_id));
    if (r->n == 0)
        return fail(u->s, ERR_MISSING, NULL, "voice_agent_id", "no such voice agent");
    u->state = r;
    return OK;
}

/* ---- the number: of the pool, else bought near the agent, else anywhere in the country ---- */

static enum err await_offers(struct setup *u, struct twilio_numbers *offers)
{
    const char *country = state(u, "country"), *area = state(u, "area_code");
    if (area) {
        enum err e = await_twilio_search_numbers(u->s, &account, country, area, offers);
        if (e == OK && offers->n > 0)
            return OK;
        if (e && e != ERR_UNPROCESSABLE && e != ERR_MISSING) /* Twilio does not know the area */
            return e;
        u->s->fault = (struct fault){0};
    }
    TRY(await_twilio_search_numbers(u->s, &account, country, NULL, offers));
    return offers->n ? OK
                     : fail(u->s, ERR_MISSING, NULL, NULL, "no number is on offer in %s", country);
}

static enum err await_buy_offer(struct setup *u, const char *number)
{
    struct rows *wanted;
    TRY(await_db(u->s, &SQL_number_want, &wanted, u->voice_agent_id, number, state(u, "country")));
    if (wanted->n == 0)
        return ERR_CONFLICT; /* we know that number already */
    fault_point("provision.wanted");
    return await_number_buy(u->s, u->voice_agent_id, number, false);
}

/* The first offer that nobody takes before us, and that may be ours. */
static enum err await_buy(struct setup *u)
{
    struct twilio_numbers offers = {0};
    TRY(await_offers(u, &offers));
    for (size_t i = 0; i < offers.n && i < OFFERS_TRIED; i++) {
        u->s->fault = (struct fault){0};
        enum err e = await_buy_offer(u, offers.numbers[i].phone_number);
        if (e != ERR_CONFLICT && e != ERR_UNPROCESSABLE)
            return e;
    }
    return fail(u->s, ERR_CONFLICT, NULL, NULL, "every offered number was taken");
}

/* Another delivery may be at work on the same setup: only a look tells what there is. */
static enum err await_give_number(struct setup *u)
{
    struct rows *taken;
    if (state(u, "number_id"))
        return OK;
    if (state(u, "wanted")) {
        enum err e = await_number_buy(u->s, u->voice_agent_id, state(u, "wanted"), true);
        if (e != ERR_CONFLICT)
            TRY(e);
        u->s->fault = (struct fault){0};
        TRY(await_look(u));
    }
    if (!state(u, "number_id")) {
        TRY(await_db(u->s, &SQL_number_take, &taken, u->voice_agent_id));
        if (taken->n == 0)
            TRY(await_buy(u));
        TRY(await_look(u));
    }
    return state(u, "number_id")
               ? OK
               : fail(u->s, ERR_BUSY, NULL, NULL, "the setup was changed meanwhile");
}

/* ---- its webhooks ---- */

static enum err await_wire(struct setup *u)
{
    const char *sid = state(u, "twilio_sid"), *number = state(u, "phone_number");
    if (row_true(u->state, 0, "wired"))
        return OK;
    enum err e = await_number_wire(u->s, number, &sid);
    if (e == ERR_MISSING) {
        TRY(await_db(u->s, &SQL_number_foreign, NULL, u->voice_agent_id, state(u, "number_id")));
        u->s->fault = (struct fault){0};
        return fail(u->s, ERR_CONFLICT, NULL, NULL,
                    "the Twilio account does not own %s; taken out of the pool",
                    mask_number(number));
    }
    TRY(e);
    fault_point("provision.wired");
    return await_db(u->s, &SQL_number_wired, NULL, u->voice_agent_id, state(u, "number_id"), sid);
}

/* ---- the whole ---- */

static enum err await_activate(struct setup *u)
{
    struct rows *done;
    TRY(await_db(u->s, &SQL_provision_done, &done, u->voice_agent_id));
    return done->n ? OK : fail(u->s, ERR_BUSY, NULL, NULL, "the setup was changed meanwhile");
}

/* The agent was disabled meanwhile: the number is not released, it waits in the pool. */
static enum err await_undo(struct setup *u)
{
    const char *sid = state(u, "twilio_sid");
    if (!state(u, "number_id"))
        return OK;
    if (sid)
        TRY(await_number_unwire(u->s, sid));
    return await_db(u->s, &SQL_number_return, NULL, u->voice_agent_id, state(u, "number_id"));
}

static enum err await_run(struct setup *u)
{
    u->step = "number";
    TRY(await_look(u));
    if (strcmp(state(u, "status"), "pending_setup") != 0)
        return OK; /* done before */
    if (row_true(u->state, 0, "disabled"))
        return await_undo(u);
    if (row_true(u->state, 0, "given_up"))
        return OK; /* until an admin asks for a retry */
    TRY(await_give_number(u));
    u->step = "webhooks";
    TRY(await_wire(u));
    u->step = "active";
    return await_activate(u);
}

/* In an admin's words. */
static const char *plain(struct scope *s, enum err e)
{
    const char *what = *s->fault.message ? s->fault.message : err_name(e);
    const char *code = strncmp(s->fault.code, "twilio_", 7) == 0 ? s->fault.code + 7 : NULL;
    const char *why = e == ERR_FORBIDDEN  ? "Twilio does not accept our account or token: "
                      : e == ERR_LIMITED  ? "Twilio asks us to wait: "
                      : e == ERR_TIMEOUT  ? "no answer in time: "
                      : e == ERR_UPSTREAM ? "no good answer from Twilio: "
                                          : "";
    return arena_printf(s->arena, code ? "%s%s (Twilio's code %s)" : "%s%s", why, what, code);
}

static enum err await_again(struct setup *u, enum err e)
{
    struct scope *s = u->s;
    const char *why = plain(s, e);
    if (clock_left(s->deadline) < NOTE_MS)
        s->deadline = clock_ms() + NOTE_MS;
    log_warn(s, "provision.failed", "step", u->step, "error", err_name(e), "why", why);
    return await_db(s, &SQL_provision_again, NULL, u->voice_agent_id, u->step, why,
                    arena_printf(s->arena, "%d", cfg.setup_retry_s),
                    arena_printf(s->arena, "%d", cfg.setup_tries));
}

enum err provision(struct msg *m)
{
    struct number_provision in;
    TRY(number_provision_decode(&m->scope, m->body, m->n, &in));
    struct setup u = {.s = &m->scope, .voice_agent_id = in.voice_agent_id};
    enum err e = await_run(&u);
    if (e == ERR_MISSING && !u.state)
        return e;
    if (e)
        e = await_again(&u, e);
    relay_nudge();
    return e;
}
