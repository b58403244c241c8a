#include "realtime.h"
#include "api.h"
#include "base/die.h"
#include "io/crypto.h"
#include "ledger.h"
#include "loop/loop.h"
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX (16u << 20) /* 15 MiB of sound in base64 */
#define QUEUE_MAX   (4u << 20)
#define IDLE_MS     3600000
#define OUT_MAX     (1u << 20)
#define PARSE_MAX   (4 * MESSAGE_MAX)

static struct list open_ones = {&open_ones, &open_ones};
static int count;

int realtimes_open(void)
{
    return count;
}

/* --- events out --- */

void realtime_id(const char *prefix, char out[ID_TEXT])
{
    uint8_t random[10];
    size_t n = strlen(prefix);
    random_bytes(random, sizeof random);
    memcpy(out, prefix, n);
    hex_encode(random, sizeof random, out + n);
}

struct buf *event_begin(struct realtime *rt, const char *type)
{
    buf_reset(&rt->out);
    buf_printf(&rt->out, "{\"type\":\"%s\",\"event_id\":\"event_%s_%u\"", type, rt->id + 5,
               ++rt->events);
    return &rt->out;
}

void event_text(struct buf *b, const char *name, const char *value)
{
    buf_printf(b, ",\"%s\":", name);
    buf_put_json(b, value);
}

void event_send(struct realtime *rt)
{
    buf_putc(&rt->out, '}');
    if (rt->ws)
        (void)!ws_send(rt->ws, rt->out.p, rt->out.n); /* over its bound it is closed, and told so */
}

void realtime_error(struct realtime *rt, const char *client_event, const char *code,
                    const char *param, const char *message)
{
    struct buf *b = event_begin(rt, "error");
    buf_puts(b, ",\"error\":{\"type\":\"invalid_request_error\"");
    event_text(b, "code", code);
    event_text(b, "message", message);
    event_text(b, "param", param);
    event_text(b, "event_id", client_event);
    buf_putc(b, '}');
    event_send(rt);
}

/* --- events in --- */

static void take_append(struct realtime *rt, const struct js *j, const char *id)
{
    ear_append(rt, j, id);
}

static void take_commit(struct realtime *rt, const struct js *j, const char *id)
{
    (void)j;
    ear_commit(rt, id);
}

static void take_clear(struct realtime *rt, const struct js *j, const char *id)
{
    (void)j, (void)id;
    ear_clear(rt);
    event_begin(rt, "input_audio_buffer.cleared");
    event_send(rt);
}

static void take_create(struct realtime *rt, const struct js *j, const char *id)
{
    (void)j;
    reply_start(rt, id);
}

static void take_cancel(struct realtime *rt, const struct js *j, const char *id)
{
    (void)j;
    if (rt->reply)
        reply_cancel(rt, "client_cancelled");
    else
        realtime_error(rt, id, "response_cancel_not_active", NULL,
                       "Cancellation failed: no active response found");
}

static const struct kind {
    const char *type;
    void (*take)(struct realtime *rt, const struct js *event, const char *client_event);
} kinds[] = {
    {"session.update", session_update},         {"input_audio_buffer.append", take_append},
    {"input_audio_buffer.commit", take_commit}, {"input_audio_buffer.clear", take_clear},
    {"conversation.item.create", items_create}, {"conversation.item.truncate", items_truncate},
    {"conversation.item.delete", items_delete}, {"response.create", take_create},
    {"response.cancel", take_cancel},
};

static void take(struct realtime *rt, struct scope *s, const struct js *j)
{
    const char *type = js_text(js_get(j, "type")), *id = js_text(js_get(j, "event_id"));
    for (size_t i = 0; type && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(type, kinds[i].type) == 0) {
            kinds[i].take(rt, j, id);
            return;
        }
    realtime_error(rt, id, type ? "invalid_value" : "missing_required_parameter", "type",
                   type ? arena_printf(s->arena, "Invalid value: '%.60s'.", type)
                        : "Missing required parameter: 'type'.");
}

static void on_text(void *arg, const char *p, size_t n)
{
    struct realtime *rt = OBJ_CAST(struct realtime, arg, REALTIME_MAGIC);
    struct scope s;
    struct js *j;
    scope_init_sized(&s, 1000, PARSE_MAX);
    if (js_parse(&s, p, n, &j) || js_type(j) != JS_OBJECT)
        realtime_error(rt, NULL, "invalid_json", NULL, "The event could not be parsed as JSON.");
    else
        take(rt, &s, j);
    scope_fini(&s);
}

/* --- life --- */

void realtime_leave(struct realtime *rt)
{
    if (--rt->tasks || rt->ws)
        return;
    list_remove(&rt->link);
    items_drop(rt);
    ear_fini(rt);
    session_fini(rt);
    buf_free(&rt->out);
    OBJ_KILL(rt, REALTIME_MAGIC);
    free(rt);
    count--;
}

static void gone(struct realtime *rt)
{
    rt->ws = NULL;
    if (rt->reply)
        reply_cancel(rt, "client_cancelled");
    realtime_leave(rt);
}

static void on_open(void *arg)
{
    struct realtime *rt = OBJ_CAST(struct realtime, arg, REALTIME_MAGIC);
    struct buf *b = event_begin(rt, "session.created");
    buf_puts(b, ",\"session\":");
    session_put(rt, b);
    event_send(rt);
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    (void)code, (void)why;
    gone(OBJ_CAST(struct realtime, arg, REALTIME_MAGIC));
}

void realtimes_close(void)
{
    struct realtime *rt;
    LIST_EACH(rt, &open_ones, struct realtime, link) {
        if (!rt->ws)
            continue;
        ws_close(rt->ws, WS_GOING_AWAY, "the sandbox stops");
        gone(rt);
    }
}

static enum err refuse(struct req *r, const char *param, const char *message)
{
    return openai_error(r, 400, "invalid_request_error", param, NULL, message);
}

enum err realtime_open(struct req *r)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    static const struct ws_limits limits = {MESSAGE_MAX, QUEUE_MAX, IDLE_MS};
    struct form q;
    TRY(req_query(r, &q));
    const char *model = form_get(&q, "model");
    enum fault_kind fault = VISIT(r)->fault.kind;
    if (req_header(r, "OpenAI-Beta"))
        return refuse(r, NULL, "The beta of the Realtime API is over; leave OpenAI-Beta out.");
    if (!model || !*model)
        return refuse(r, "model", "you must provide a model parameter");
    if (fault != FAULT_NONE && fault != FAULT_DELAY)
        return cut(r, fault == FAULT_RESET);
    struct realtime *rt = must(calloc(1, sizeof *rt));
    *rt = (struct realtime){.magic = REALTIME_MAGIC, .tasks = 1, .out = BUF(OUT_MAX)};
    realtime_id("sess_", rt->id);
    session_defaults(rt, model);
    list_init(&rt->items);
    list_append(&open_ones, &rt->link);
    count++;
    enum err e = ws_accept(r, &limits, &handlers, rt, &rt->ws);
    if (e)
        realtime_leave(rt);
    return e;
}
