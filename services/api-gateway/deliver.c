#include "deliver.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "gateway.h"
#include "io/db.h"
#include "io/httpc.h"
#include "messages.h"
#include "sql.h"
#include "webhook_secret.h"
#include "webhook_url.h"
#include <string.h>

#define POST_MS 10000

struct tried {
    const char *outcome; /* as delivery_end.sql has it */
    const char *status, *error;
    uint64_t ms;
};

/* While a secret is being changed there are two signatures; one that fits is enough for the receiver. */
static const char *signatures(struct scope *s, const struct rows *d, const char *id, long long at,
                              const char *payload)
{
    const char *hook = row(d, 0, "webhook");
    long long no = row_int(d, 0, "secret_no");
    const char *now = webhook_sign(s->arena, hook, no, id, at, payload);
    if (!row_true(d, 0, "rotated"))
        return now;
    return arena_printf(s->arena, "%s %s", now,
                        webhook_sign(s->arena, hook, no - 1, id, at, payload));
}

static struct tried judge(struct scope *s, enum err e, const struct http_answer *ans)
{
    if (e)
        return (struct tried){"failed", NULL,
                              e == ERR_TIMEOUT ? "no answer in time"
                              : e == ERR_TOO_BIG
                                  ? "the answer was too long"
                                  : "could not be reached, or not at a public address"};
    const char *status = arena_printf(s->arena, "%d", ans->status);
    if (ans->status >= 200 && ans->status < 300)
        return (struct tried){"delivered", status, NULL};
    return (struct tried){ans->status == 410 ? "gone" : "failed", status, "refused"};
}

static struct tried await_post(struct scope *s, const struct rows *d, const char *id)
{
    long long at = (long long)clock_wall_ms() / 1000;
    uint64_t began = clock_ms();
    const char *payload = row(d, 0, "payload"), *url = row(d, 0, "url");
    const char *headers[] = {
        arena_printf(s->arena, "webhook-id: %s", id),
        arena_printf(s->arena, "webhook-timestamp: %lld", at),
        arena_printf(s->arena, "webhook-signature: %s", signatures(s, d, id, at, payload)), NULL};
    struct http_ask ask = {.method = "POST",
                           .url = url,
                           .body = payload,
                           .type = "application/json",
                           .headers = headers,
                           .total_ms = POST_MS,
                           .public_only = !webhook_url_is_inside(url)};
    struct http_answer ans = {0};
    struct tried t = judge(s, await_http(s, &ask, &ans), &ans);
    t.ms = clock_ms() - began;
    metric_time("va_webhook_seconds", "", t.ms * 1000);
    return t;
}

enum err deliver(struct msg *m)
{
    struct scope *s = &m->scope;
    struct webhook_deliver in;
    struct rows *d;
    TRY(webhook_deliver_decode(s, m->body, m->n, &in));
    if (!s->tenant)
        return fail(s, ERR_INVALID, NULL, "tenant", "is missing");
    s->db_role = "va_agent";
    const char *tries = arena_printf(s->arena, "%lld", in.try);
    TRY(await_db(s, &SQL_delivery_begin, &d, s->tenant, in.delivery_id, tries));
    if (!d->n)
        return OK;
    struct tried t = await_post(s, d, in.delivery_id);
    metric_add("va_webhooks_total", arena_printf(s->arena, "outcome=\"%s\"", t.outcome), 1);
    log_info(s, "webhook.posted", "outcome", t.outcome, "status", t.status ? t.status : "");
    s->fault = (struct fault){0}; /* why a peer failed is kept with the delivery */
    return await_db(s, &SQL_delivery_end, NULL, s->tenant, in.delivery_id, tries, t.outcome,
                    t.status, t.error, arena_printf(s->arena, "%llu", (unsigned long long)t.ms),
                    arena_printf(s->arena, "%d", cfg.webhook_retry_s),
                    arena_printf(s->arena, "%d", cfg.webhook_tries));
}
