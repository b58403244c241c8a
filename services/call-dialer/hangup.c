#include "hangup.h"
#include "base/log.h"
#include "dialer.h"
#include "io/db.h"
#include "messages.h"
#include "relay.h"
#include "sql.h"
#include <string.h>

/* It may have ended by itself meanwhile, or have been answered before it could be canceled. */
static enum err await_end(struct scope *s, const char *sid, const char *how)
{
    enum err e = await_twilio_end_call(s, &account, sid, how);
    return e == ERR_CONFLICT || e == ERR_MISSING ? OK : e;
}

enum err hangup(struct msg *m)
{
    struct scope *s = &m->scope;
    struct call_hangup in;
    struct rows *call;
    TRY(call_hangup_decode(s, m->body, m->n, &in));
    TRY(await_db(s, &SQL_call_hangup, &call, in.call_id, in.reason));
    relay_nudge();
    if (call->n == 0)
        return OK; /* over, or it never began */
    const char *sid = row(call, 0, "sid");
    if (!sid) /* on its way to the provider: once its name is known we are asked again */
        return OK;
    bool stopped = strcmp(in.reason, "dialing_stopped") == 0;
    log_info(s, "call.hangup", "sid", sid, "reason", in.reason);
    return await_end(s, sid, stopped ? "canceled" : "completed");
}

enum err halt(struct msg *m)
{
    struct dialing_halt in;
    TRY(dialing_halt_decode(&m->scope, m->body, m->n, &in));
    TRY(await_db(&m->scope, &SQL_dialing_halt, NULL, in.who));
    relay_nudge();
    return OK;
}
