/* Requests for a voice agent, as admins review them. */
#include "api.h"
#include "base/clock.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"
#include "voice/outbox.h"
#include "watch.h"
#include <string.h>

#define SET_UP_MS 8000 /* how long approve waits for the phone number */

enum err requests_get(struct req *r)
{
    const char *id;
    struct rows *request;
    TRY(api_id(r, "request_id", &id));
    TRY(await_db(&r->scope, &SQL_request_get, &request, id));
    if (!request->n)
        return api_missing(r, "request");
    return api_reply(r, 200, row(request, 0, "body"));
}

/* Until the number is set up: 200; longer than 8 s: 202, the dialer goes on by itself. */
static enum err await_set_up(struct req *r, const char *agent)
{
    struct watch w;
    struct rows *made;
    enum err e;
    bool ready;
    uint64_t until = clock_ms() + SET_UP_MS;
    watch_begin(&w, agent);
    do {
        e = await_db(&r->scope, &SQL_request_outcome, &made, agent);
        ready = !e && made->n && row_true(made, 0, "ready");
    } while (!e && made->n && !ready && await_watch(&w, until));
    watch_end(&w);
    TRY(e);
    if (!made->n)
        return api_missing(r, "voice agent");
    return api_reply(r, ready ? 200 : 202, row(made, 0, "body"));
}

static enum err decided(struct req *r, const struct rows *request, const char *wish)
{
    if (!request->n)
        return api_missing(r, "request");
    const char *status = row(request, 0, "status");
    if (strcmp(status, wish) != 0)
        return fail(&r->scope, ERR_CONFLICT, "already_reviewed", NULL, "the request was %s",
                    status);
    return OK;
}

enum err requests_approve(struct req *r)
{
    const char *id;
    struct rows *request;
    TRY(api_id(r, "request_id", &id));
    TRY(await_db(&r->scope, &SQL_request_approve, &request, id, api_who(r)->id, r->scope.trace,
                 r->client));
    TRY(decided(r, request, "approved"));
    outbox_nudge();
    return await_set_up(r, row(request, 0, "agent_id"));
}

enum err requests_reject(struct req *r)
{
    const char *id;
    struct request_reject in;
    struct rows *request;
    TRY(api_id(r, "request_id", &id));
    TRY(request_reject_decode(&r->scope, r->body, r->body_n, &in));
    TRY(await_db(&r->scope, &SQL_request_reject, &request, id, api_who(r)->id, in.reason,
                 r->client));
    TRY(decided(r, request, "rejected"));
    return api_reply(r, 200, "{\"status\":\"rejected\"}");
}

/* A setup that failed, or waits for its next try, begins anew now. */
enum err requests_retry(struct req *r)
{
    const char *id;
    struct rows *request;
    TRY(api_id(r, "request_id", &id));
    TRY(await_db(&r->scope, &SQL_request_retry, &request, id, api_who(r)->id, r->scope.trace,
                 r->client));
    if (!request->n)
        return api_missing(r, "request");
    if (strcmp(row(request, 0, "status"), "approved") != 0)
        return fail(&r->scope, ERR_CONFLICT, "not_approved", NULL, "the request is not approved");
    outbox_nudge();
    return await_set_up(r, row(request, 0, "agent_id"));
}
