/* Batches: who is to be called one after another. The plan is the database's; the dialer opens its calls. */
#include "api.h"
#include "dial.h"
#include "gateway.h"
#include "io/crypto.h"
#include "list_query.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"
#include "voice/outbox.h"
#include <string.h>

static const char *const STATES[] = {"waiting", "calling", "ended", NULL};
static const char *const SWITCHES[] = {"0", "1", NULL};

/* Of all lines, those that calls we place may take: for the forecast. */
static const char *lines(struct req *r)
{
    int n = cfg.lines_total - cfg.lines_reserved;
    return arena_printf(r->scope.arena, "%d", n > 0 ? n : 1);
}

/* The statement reads the body as it came: decoding is its check. */
enum err batches_open(struct req *r)
{
    static const char *const names[] = {"dry_run", NULL};
    struct calls_batch in;
    struct form q;
    struct rows *batch;
    const char *dry_run;
    char id[UUID_TEXT];
    TRY(req_query(r, &q));
    TRY(list_known(r, &q, names));
    TRY(api_word(r, &q, "dry_run", SWITCHES, &dry_run));
    TRY(calls_batch_decode(&r->scope, r->body, r->body_n, &in));
    if (!in.import_id == !in.contact_ids_n)
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "contact_ids",
                    "either contact_ids or import_id is needed");
    bool dry = dry_run && *dry_run == '1';
    uuid7(id);
    TRY(await_db(&r->scope, &SQL_calls_batch, &batch, api_who(r)->id, r->body, id, cfg.countries,
                 r->scope.trace, dry ? "true" : "false", cfg.dial_cps, lines(r)));
    if (row(batch, 0, "refusal"))
        return dial_refuse(r, row(batch, 0, "refusal"));
    if (!dry)
        outbox_nudge();
    return api_reply(r, dry ? 200 : 201, row(batch, 0, "body"));
}

enum err batches_list(struct req *r)
{
    static const char *const names[] = {"page", "page_size", NULL};
    struct form q;
    struct page page;
    struct rows *batches;
    TRY(req_query(r, &q));
    TRY(list_known(r, &q, names));
    TRY(api_page(r, &q, &page));
    TRY(await_db(&r->scope, &SQL_batches_list, &batches, api_who(r)->id, page.number, page.size));
    return api_reply(r, 200, row(batches, 0, "body"));
}

static enum err reply_batch(struct req *r, const char *id)
{
    struct rows *batch;
    TRY(await_db(&r->scope, &SQL_batch_get, &batch, api_who(r)->id, id, cfg.dial_cps, lines(r)));
    if (!batch->n)
        return api_missing(r, "batch");
    return api_reply(r, 200, row(batch, 0, "body"));
}

enum err batches_get(struct req *r)
{
    const char *id;
    TRY(api_id(r, "batch_id", &id));
    return reply_batch(r, id);
}

enum err batches_calls(struct req *r)
{
    static const char *const names[] = {"page", "page_size", "state", NULL};
    const char *id, *state;
    struct form q;
    struct page page;
    struct rows *calls;
    TRY(api_id(r, "batch_id", &id));
    TRY(req_query(r, &q));
    TRY(list_known(r, &q, names));
    TRY(api_page(r, &q, &page));
    TRY(api_word(r, &q, "state", STATES, &state));
    TRY(await_db(&r->scope, &SQL_batch_calls, &calls, api_who(r)->id, id, page.number, page.size,
                 state));
    if (!calls->n)
        return api_missing(r, "batch");
    return api_reply(r, 200, row(calls, 0, "body"));
}

/* ---- pause, resume, cancel: each may be said twice ---- */

static enum err turn(struct req *r, const char *wanted)
{
    const char *id;
    struct rows *was;
    TRY(api_id(r, "batch_id", &id));
    TRY(await_db(&r->scope, &SQL_batch_turn, &was, api_who(r)->id, id, wanted, r->client));
    const char *state = row(was, 0, "state");
    if (!state)
        return api_missing(r, "batch");
    if (strcmp(state, wanted) != 0 && (!strcmp(state, "done") || !strcmp(state, "cancelled")))
        return fail(&r->scope, ERR_CONFLICT, "batch_over", NULL, "the batch is %s", state);
    outbox_nudge();
    return reply_batch(r, id);
}

enum err batches_pause(struct req *r)
{
    return turn(r, "paused");
}

enum err batches_resume(struct req *r)
{
    return turn(r, "running");
}

enum err batches_cancel(struct req *r)
{
    return turn(r, "cancelled");
}
