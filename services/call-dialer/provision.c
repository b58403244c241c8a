#include "provision.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "dialer.h"
#include "io/db.h"
#include "messages.h"
#include "relay.h"
#include "sql.h"
#include "voice/twilio.h"
#include <string.h>

#define AGAIN_S "15"

struct setup {
    struct scope *s;
    struct twilio twilio;
    const char *voice_agent_id;
    const struct rows *state; /* provision_state.sql, read anew after each step */
};

static const char *state(const struct setup *u, const char *column)
{
    return row(u->state, 0, column);
}

static enum err look(struct setup *u)
{
    struct rows *r;
    TRY(await_db(u->s, &SQL_provision_state, &r, u->voice_agent_id));
    if (r->n == 0)
        return fail(u->s, ERR_MISSING, NULL, "voice_agent_id", "no such voice agent");
    u->state = r;
    return OK;
}

/* Offers near the agent first, then anywhere in the country. */
static enum err find_offer(struct setup *u, struct twilio_numbers *offers)
{
    const char *country = state(u, "country"), *area = state(u, "area_code");
    if (area) {
        TRY(await_twilio_search_numbers(u->s, &u->twilio, country, area, offers));
        if (offers->n > 0)
            return OK;
    }
    TRY(await_twilio_search_numbers(u->s, &u->twilio, country, NULL, offers));
    return offers->n ? OK : fail(u->s, ERR_UPSTREAM, NULL, NULL, "no number is on offer in %s", country);
}

/* The first offer that nobody takes before us. Whether a purchase that got no answer happened is
 * asked before the next one: buying an exact number twice is impossible, losing one would cost. */
static enum err buy(struct setup *u)
{
    struct twilio_numbers offers = {0};
    struct twilio_number bought;
    TRY(find_offer(u, &offers));
    for (size_t i = 0; i < offers.n && i < 5; i++) {
        const char *number = offers.numbers[i].phone_number;
        enum err e = await_twilio_buy_number(u->s, &u->twilio, number, &bought);
        if (e == ERR_TIMEOUT || e == ERR_UPSTREAM)
            e = await_twilio_find_number(u->s, &u->twilio, number, &bought);
        if (e == ERR_CONFLICT)
            continue;
        TRY(e);
        fault_point("provision.bought");
        return await_db(u->s, &SQL_number_bought, NULL, u->voice_agent_id, number, bought.sid, state(u, "country"));
    }
    return fail(u->s, ERR_UPSTREAM, NULL, NULL, "every offered number was taken");
}

static enum err give_number(struct setup *u)
{
    struct rows *taken;
    if (state(u, "number_id"))
        return OK;
    TRY(await_db(u->s, &SQL_number_take, &taken, u->voice_agent_id));
    if (taken->n == 0)
        TRY(buy(u));
    return look(u);
}

static enum err wire(struct setup *u)
{
    const char *sid = state(u, "twilio_sid"), *number = state(u, "phone_number");
    struct arena *a = u->s->arena;
    struct twilio_number ours;
    if (strcmp(state(u, "wired"), "t") == 0)
        return OK;
    if (!sid) { /* a number of the pool that was entered by hand */
        TRY(await_twilio_find_number(u->s, &u->twilio, number, &ours));
        sid = ours.sid;
    }
    struct twilio_hooks hooks = {
        .voice_url = arena_printf(a, "%s/webhooks/twilio/voice", cfg.public_url),
        .fallback_url = arena_printf(a, "%s/webhooks/twilio/fallback", cfg.public_url),
        .status_callback = arena_printf(a, "%s/webhooks/twilio/status", cfg.public_url),
    };
    TRY(await_twilio_configure_number(u->s, &u->twilio, sid, &hooks));
    fault_point("provision.wired");
    return await_db(u->s, &SQL_number_wired, NULL, u->voice_agent_id, state(u, "number_id"), sid);
}

static enum err run(struct setup *u, const char **step)
{
    *step = "number";
    TRY(look(u));
    if (strcmp(state(u, "status"), "pending_setup"))
        return OK; /* done before */
    TRY(give_number(u));
    *step = "webhooks";
    TRY(wire(u));
    *step = "active";
    return await_db(u->s, &SQL_provision_done, NULL, u->voice_agent_id);
}

enum err provision(struct msg *m)
{
    struct scope *s = &m->scope;
    struct number_provision in;
    const char *step;
    TRY(number_provision_decode(s, m->body, m->n, &in));
    struct setup u = {.s = s, .twilio = {cfg.twilio_api_url, cfg.account_sid, cfg.auth_token},
                      .voice_agent_id = in.voice_agent_id};
    enum err e = run(&u, &step);
    if (e == ERR_MISSING && !u.state)
        return e;
    if (e) {
        log_warn(s, "provision.failed", "step", step, "error", err_name(e), "why", s->fault.message);
        e = await_db(s, &SQL_provision_again, NULL, in.voice_agent_id, step, s->fault.message, AGAIN_S);
    }
    relay_nudge();
    return e;
}
