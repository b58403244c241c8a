#include "voicemail.h"
#include "base/log.h"
#include "dialer.h"
#include "io/db.h"
#include "sql.h"
#include "voice/twiml.h"

#define BREATH_S 1 /* between the beep and the first word */

static enum err await_leave(struct scope *s, const char *sid, const char *message,
                            const char *language)
{
    struct twiml t;
    twiml_begin(&t, s->arena);
    twiml_pause(&t, BREATH_S);
    twiml_say(&t, message, NULL, language, NULL);
    twiml_hangup(&t);
    return await_twilio_redirect(s, &account, sid, twiml_finish(&t)->p);
}

static enum err await_machine(struct scope *s, const struct rows *due, int i)
{
    const char *sid = row(due, i, "sid"), *message = row(due, i, "message");
    enum err e = message ? await_leave(s, sid, message, row(due, i, "language"))
                         : await_twilio_end_call(s, &account, sid, "completed");
    if (e && e != ERR_CONFLICT && e != ERR_MISSING) /* it has hung up itself */
        return e;
    log_info(s, "voicemail.met", "sid", sid, "left", message && !e ? "a message" : "nothing");
    return await_db(s, &SQL_voicemail_met, NULL, row(due, i, "attempt"),
                    message && !e ? "voicemail_left" : "voicemail");
}

enum err await_voicemail(struct scope *s, const char *events)
{
    struct rows *due;
    TRY(await_db(s, &SQL_voicemails_due, &due, events));
    for (int i = 0; i < due->n; i++)
        TRY(await_machine(s, due, i));
    return OK;
}
