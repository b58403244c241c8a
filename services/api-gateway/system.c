/* What the system is doing behind the pages: queues, the outbox, who is there, the servers it asks. */
#include "api.h"
#include "base/clock.h"
#include "broker.h"
#include "io/js.h"
#include "routes.h"
#include "sql.h"

static struct js *queues_js(struct scope *s, const struct broker *b)
{
    struct js *list = js_array(s);
    for (size_t i = 0; i < b->n_queues; i++) {
        struct js *q = js_object(s);
        js_set_text(q, "name", b->queues[i].name);
        js_set_int(q, "messages", b->queues[i].depth.messages);
        js_set_int(q, "consumers", b->queues[i].depth.consumers);
        js_push(list, q);
    }
    return list;
}

static struct js *services_js(struct scope *s, const struct broker *b)
{
    struct js *list = js_array(s);
    for (size_t i = 0; i < b->n_services; i++) {
        const struct system_state *state = b->services[i];
        struct js *j = js_object(s);
        char since[25];
        clock_rfc3339((uint64_t)state->started_at, since);
        js_set_text(j, "service", state->service);
        js_set_text(j, "instance", state->instance);
        js_set_text(j, "version", state->version);
        js_set_text(j, "started_at", since);
        js_set_bool(j, "ready", state->ready);
        js_push(list, j);
    }
    return list;
}

static struct js *provider_js(struct scope *s, const struct system_state *who, size_t i)
{
    const struct system_state_provider *p = &who->providers[i];
    struct js *j = js_object(s);
    js_set_text(j, "name", p->name);
    js_set_text(j, "role", p->role);
    js_set_text(j, "model", p->model);
    js_set_text(j, "host", p->host);
    js_set_bool(j, "open", p->open);
    js_set_int(j, "failures", p->failures);
    js_set_text(j, "instance", who->instance);
    return j;
}

/* As each replica of ai-pipeline has found them. */
static struct js *providers_js(struct scope *s, const struct broker *b)
{
    struct js *list = js_array(s);
    for (size_t i = 0; i < b->n_services; i++)
        for (size_t k = 0; k < b->services[i]->providers_n; k++)
            js_push(list, provider_js(s, b->services[i], k));
    return list;
}

static struct js *outbox_js(struct scope *s, const struct rows *outbox)
{
    struct js *j = js_object(s);
    js_set_int(j, "due", row_int(outbox, 0, "due"));
    js_set_int(j, "oldest_seconds", row_int(outbox, 0, "oldest_seconds"));
    js_set_int(j, "planned", row_int(outbox, 0, "planned"));
    return j;
}

/* GET /admin/system. Without the broker the lists are empty: that is what is to be told. */
enum err admin_system(struct req *r)
{
    struct broker b;
    struct rows *outbox;
    struct scope *s = &r->scope;
    TRY(await_db_params(s, &SQL_outbox_state, &outbox, 0, NULL));
    bool there = await_broker(s, &b) == OK;
    if (!there) {
        s->fault = (struct fault){0};
        b = (struct broker){0};
    }
    struct js *j = js_object(s);
    js_set_bool(j, "broker", there);
    js_set(j, "queues", queues_js(s, &b));
    js_set_int(j, "dead_letters", there ? broker_dead(&b)->messages : 0);
    js_set(j, "outbox", outbox_js(s, outbox));
    js_set(j, "services", services_js(s, &b));
    js_set(j, "providers", providers_js(s, &b));
    return api_reply(r, 200, js_dump(s, j));
}
