/* Webhooks of an agent: where events are posted to, and what became of each. */
#include "api.h"
#include "base/uuid7.h"
#include "io/js.h"
#include "messages.h"
#include "routes.h"
#include "sql.h"
#include "webhook_secret.h"
#include "webhook_url.h"

#define WEBHOOKS_MAX "20" /* of one agent */

static const char *const STATES[] = {"waiting", "delivered", "dead", NULL};

static const char *list_of(struct scope *s, const char *const *words, size_t n)
{
    struct js *list = js_array(s);
    for (size_t i = 0; i < n; i++)
        js_push_text(list, words[i]);
    return js_dump(s, list);
}

static enum err check_url(struct req *r, const char *url)
{
    const char *refusal = url ? webhook_url_refusal(url) : NULL;
    return refusal ? fail(&r->scope, ERR_UNPROCESSABLE, "bad_url", "url", "%s", refusal) : OK;
}

static enum err reply_row(struct req *r, int status, const struct rows *found)
{
    return found->n ? api_reply(r, status, row(found, 0, "body")) : api_missing(r, "webhook");
}

enum err webhooks_list(struct req *r)
{
    struct rows *all;
    TRY(await_db(&r->scope, &SQL_webhooks_list, &all, api_who(r)->id));
    return reply_row(r, 200, all);
}

enum err webhooks_get(struct req *r)
{
    const char *id;
    struct rows *found;
    TRY(api_id(r, "webhook_id", &id));
    TRY(await_db(&r->scope, &SQL_webhook_get, &found, api_who(r)->id, id));
    return reply_row(r, 200, found);
}

enum err webhooks_add(struct req *r)
{
    struct scope *s = &r->scope;
    struct webhook_add in;
    struct rows *made;
    char id[UUID_TEXT];
    TRY(webhook_add_decode(s, r->body, r->body_n, &in));
    TRY(check_url(r, in.url));
    uuid7(id);
    TRY(await_db(s, &SQL_webhook_add, &made, api_who(r)->id, id, in.url,
                 list_of(s, in.events, in.events_n), webhook_secret(s->arena, id, 1), WEBHOOKS_MAX,
                 r->client));
    if (!made->n)
        return fail(s, ERR_CONFLICT, "too_many", NULL, "%s webhooks are enough", WEBHOOKS_MAX);
    return api_reply(r, 201, row(made, 0, "body"));
}

enum err webhooks_update(struct req *r)
{
    struct scope *s = &r->scope;
    const char *id;
    struct webhook_update in;
    struct rows *done;
    TRY(api_id(r, "webhook_id", &id));
    TRY(webhook_update_decode(s, r->body, r->body_n, &in));
    TRY(check_url(r, in.url));
    TRY(await_db(s, &SQL_webhook_update, &done, api_who(r)->id, id, in.url,
                 in.events_n ? list_of(s, in.events, in.events_n) : NULL,
                 in.has_active ? in.active ? "true" : "false" : NULL, r->client));
    return reply_row(r, 200, done);
}

enum err webhooks_delete(struct req *r)
{
    const char *id;
    struct rows *gone;
    TRY(api_id(r, "webhook_id", &id));
    TRY(await_db(&r->scope, &SQL_webhook_delete, &gone, api_who(r)->id, id, r->client));
    return gone->n ? api_reply(r, 200, "{\"status\":\"deleted\"}") : api_missing(r, "webhook");
}

/* A new secret; with the old one is signed for a day more. */
enum err webhooks_rotate(struct req *r)
{
    const char *id;
    struct rows *done;
    TRY(api_id(r, "webhook_id", &id));
    TRY(await_db(&r->scope, &SQL_webhook_rotate, &done, api_who(r)->id, id, r->client));
    if (!done->n)
        return api_missing(r, "webhook");
    struct js *j = js_object(&r->scope);
    js_set_text(j, "secret", webhook_secret(r->scope.arena, id, row_int(done, 0, "secret_no")));
    return api_reply(r, 200, js_dump(&r->scope, j));
}

enum err webhooks_test(struct req *r)
{
    const char *id;
    struct rows *made;
    TRY(api_id(r, "webhook_id", &id));
    TRY(await_db(&r->scope, &SQL_webhook_test, &made, api_who(r)->id, id));
    return reply_row(r, 202, made);
}

enum err webhooks_deliveries(struct req *r)
{
    struct form q;
    struct page page;
    const char *id, *state;
    struct rows *found;
    TRY(api_id(r, "webhook_id", &id));
    TRY(req_query(r, &q));
    TRY(api_page(r, &q, &page));
    TRY(api_word(r, &q, "state", STATES, &state));
    TRY(await_db(&r->scope, &SQL_webhook_deliveries, &found, api_who(r)->id, id, page.number,
                 page.size, state));
    return reply_row(r, 200, found);
}

static enum err await_replay(struct req *r, const char *id, const char *delivery)
{
    struct rows *done;
    TRY(await_db(&r->scope, &SQL_webhook_replay, &done, api_who(r)->id, id, delivery));
    if (!done->n)
        return api_missing(r, "webhook");
    if (!row_true(done, 0, "known"))
        return api_missing(r, "delivery");
    struct js *j = js_object(&r->scope);
    js_set_int(j, "replayed", row_int(done, 0, "replayed"));
    return api_reply(r, 202, js_dump(&r->scope, j));
}

enum err webhooks_replay(struct req *r)
{
    const char *id;
    TRY(api_id(r, "webhook_id", &id));
    return await_replay(r, id, NULL);
}

enum err webhooks_replay_one(struct req *r)
{
    const char *id, *delivery;
    TRY(api_id(r, "webhook_id", &id));
    TRY(api_id(r, "delivery_id", &delivery));
    return await_replay(r, id, delivery);
}
