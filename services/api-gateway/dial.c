/* A call that an agent asks for. The database's gate decides; the dialer dials. */
#include "dial.h"
#include "api.h"
#include "base/clock.h"
#include "gateway.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"
#include "voice/outbox.h"
#include "voice/phone.h"
#include "watch.h"
#include <string.h>

#define RETRY_CAP_S "3600"
#define BOUND_MS    5000 /* how long initiate waits for the provider's word */

/* What the statements may refuse, and what that is to a client. */
static const struct refusal {
    const char *word;
    enum err err;
    const char *field, *why;
} REFUSALS[] = {
    {"contact_missing", ERR_MISSING, "contact_id", "no such contact"},
    {"import_missing", ERR_MISSING, "import_id", "no such import, or none of its contacts is left"},
    {"contact_disagrees", ERR_UNPROCESSABLE, "phone_number", "is not the number of that contact"},
    {"own_number", ERR_UNPROCESSABLE, "phone_number", "is one of our own numbers"},
    {"country_not_allowed", ERR_UNPROCESSABLE, "phone_number", "this country may not be called"},
    {"dialing_stopped", ERR_BUSY, NULL, "dialing is stopped"},
    {"agent_inactive", ERR_CONFLICT, NULL, "the voice agent is not active"},
    {"do_not_call", ERR_CONFLICT, NULL, "the number is on the do-not-call list"},
    {"no_consent", ERR_CONFLICT, NULL, "there is no consent to call this number"},
    {"quiet_hours", ERR_CONFLICT, NULL, "it is not between 8:00 and 21:00 there"},
    {"live_call", ERR_CONFLICT, NULL, "a call with this number is under way"},
    {"daily_cap", ERR_LIMITED, NULL, "the calls of this day are used up"},
};

enum err dial_refuse(struct req *r, const char *word)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        const struct refusal *x = &REFUSALS[i];
        if (strcmp(x->word, word) != 0)
            continue;
        if (x->err == ERR_LIMITED)
            req_set_header(r, "Retry-After", RETRY_CAP_S);
        return fail(&r->scope, x->err, x->err == ERR_MISSING ? NULL : word, x->field, "%s", x->why);
    }
    return fail(&r->scope, ERR_CONFLICT, word, NULL, "the call may not be placed");
}

/* Until the provider has said a SID or the call is over: 201; still open after 5 s: 202. */
static enum err await_bound(struct req *r, const char *call_id)
{
    struct watch w;
    struct rows *call;
    enum err e;
    bool settled;
    uint64_t until = clock_ms() + BOUND_MS;
    watch_begin(&w, call_id);
    do {
        e = await_db(&r->scope, &SQL_call_progress, &call, api_who(r)->id, call_id);
        settled = !e && row_true(call, 0, "settled");
    } while (!e && !settled && await_watch(&w, until));
    watch_end(&w);
    TRY(e);
    return api_reply(r, settled ? 201 : 202, row(call, 0, "body"));
}

enum err dial_initiate(struct req *r)
{
    struct calls_initiate in;
    struct rows *call;
    char number[PHONE_TEXT];
    TRY(calls_initiate_decode(&r->scope, r->body, r->body_n, &in));
    if (!in.contact_id && !in.phone_number)
        return fail(&r->scope, ERR_INVALID, NULL, "phone_number",
                    "contact_id or phone_number is needed");
    if (in.phone_number) {
        TRY(phone_read(&r->scope, "phone_number", in.phone_number, NULL, number));
        TRY(phone_may_call(&r->scope, "phone_number", number));
    }
    TRY(await_db(&r->scope, &SQL_calls_initiate, &call, api_who(r)->id, in.contact_id,
                 in.phone_number ? number : NULL, cfg.countries, r->scope.trace));
    if (row(call, 0, "refusal"))
        return dial_refuse(r, row(call, 0, "refusal"));
    outbox_nudge();
    return await_bound(r, row(call, 0, "call_id"));
}

/* It is asked for here and done by the dialer; the call's own status says when it is over. */
enum err dial_hangup(struct req *r)
{
    const char *id;
    struct rows *call;
    TRY(api_id(r, "call_id", &id));
    TRY(await_db(&r->scope, &SQL_call_hangup, &call, api_who(r)->id, id, r->client));
    if (!call->n)
        return api_missing(r, "call");
    outbox_nudge();
    return api_reply(r, row_true(call, 0, "ended") ? 200 : 202, row(call, 0, "body"));
}

enum err dial_standing(struct req *r)
{
    struct rows *standing;
    TRY(await_db(&r->scope, &SQL_dialing_own, &standing, api_who(r)->id));
    return api_reply(r, 200, row(standing, 0, "body"));
}

enum err dial_stop(struct req *r)
{
    struct dialing_pause in;
    struct rows *done;
    TRY(dialing_pause_decode(&r->scope, r->body_n ? r->body : "{}", r->body_n, &in));
    TRY(await_db(&r->scope, &SQL_dialing_stop_own, &done, api_who(r)->id, in.reason, r->client));
    outbox_nudge();
    return api_reply(r, 200, row(done, 0, "body"));
}

enum err dial_start(struct req *r)
{
    struct rows *done;
    TRY(await_db(&r->scope, &SQL_dialing_start_own, &done, api_who(r)->id, r->client));
    if (!done->n)
        return fail(&r->scope, ERR_CONFLICT, "dialing_stopped", NULL,
                    "an admin has stopped dialing, and only an admin lifts that");
    return api_reply(r, 200, row(done, 0, "body"));
}
