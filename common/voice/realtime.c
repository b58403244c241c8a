#include "voice/realtime.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/log.h"
#include "io/crypto.h"
#include "io/httpc.h"
#include "io/js.h"
#include "io/ws.h"
#include "loop/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REALTIME_MAGIC 0x5254494d
#define ITEM_ID        64
#define BYTES_PER_MS   8          /* mu-law of 8 kHz */
#define APPEND         6000       /* of sound, in one message */
#define QUEUE_MAX      (1u << 20) /* to be sent: a minute of sound is 640 kB */
#define MESSAGE_MAX    (1u << 20) /* received; a second of sound has 11 kB */
#define ARENA_MAX      (4u << 20) /* to read one */
#define OPEN_MS        5000

struct realtime {
    uint32_t magic;
    struct ws *ws;
    const struct realtime_h *h;
    void *arg;
    char *session; /* the message that sets it up, until it is sent */
    struct timer *late;
    bool ready;
    bool active, begun; /* an answer was asked for and has not ended; it has begun */
    bool unwanted;      /* it is cut; nothing of it is for anybody */
    bool again;         /* and another one is wanted, when it has ended: there is one at a time */
    char item[ITEM_ID]; /* of the answer's sound, as the server calls it */
    unsigned sounded;   /* bytes of it so far */
};

/* ---- the end ---- */

static void destroy(struct realtime *r)
{
    timer_cancel(&r->late);
    free(r->session);
    OBJ_KILL(r, REALTIME_MAGIC);
    free(r);
}

static void lost(struct realtime *r, enum err e)
{
    r->h->closed(r->arg, e);
    destroy(r);
}

static void break_off(struct realtime *r, enum err e)
{
    ws_close(r->ws, WS_NORMAL, "");
    lost(r, e);
}

static void on_late(void *arg)
{
    break_off(arg, ERR_TIMEOUT);
}

/* ---- to the server ---- */

/* What does not fit breaks the connection at the end of this turn of the loop: closed() tells. */
static void send_text(struct realtime *r, const char *text, size_t n)
{
    enum err e = ws_send(r->ws, text, n);
    (void)e;
}

static void send_js(struct realtime *r, struct scope *s, const struct js *message)
{
    const char *text = js_dump(s, message);
    send_text(r, text, strlen(text));
}

static struct js *message(struct scope *s, const char *type)
{
    struct js *m = js_object(s);
    js_set_text(m, "type", type);
    return m;
}

static struct js *pcmu(struct scope *s)
{
    struct js *format = js_object(s);
    js_set_text(format, "type", "audio/pcmu");
    return format;
}

static struct js *input(struct scope *s)
{
    struct js *in = js_object(s);
    js_set(in, "format", pcmu(s));
    js_set_text(in, "turn_detection", NULL); /* whose turn it is we know better */
    return in;
}

static struct js *output(struct scope *s, const struct realtime_ask *ask)
{
    struct js *out = js_object(s);
    js_set(out, "format", pcmu(s));
    js_set_text(out, "voice", ask->voice);
    if (ask->speed > 0)
        js_set_real(out, "speed", ask->speed);
    return out;
}

/* A chat nests a tool's name and schema in "function"; a session does not. */
static struct js *flat(struct scope *s, const struct js *tools)
{
    struct js *list = js_array(s);
    for (size_t i = 0; i < js_count(tools); i++) {
        struct js *tool = js_copy(s, js_get(js_at(tools, i), "function"));
        js_set_text(tool, "type", "function");
        js_push(list, tool);
    }
    return list;
}

static char *session_of(struct scope *s, const struct realtime_ask *ask)
{
    struct js *update = message(s, "session.update"), *session = message(s, "realtime");
    struct js *audio = js_object(s), *kinds = js_array(s);
    js_push_text(kinds, "audio");
    js_set(audio, "input", input(s));
    js_set(audio, "output", output(s, ask));
    js_set_text(session, "instructions", ask->instructions);
    js_set(session, "output_modalities", kinds);
    js_set(session, "audio", audio);
    if (ask->tools)
        js_set(session, "tools", flat(s, ask->tools));
    if (ask->max_tokens)
        js_set_int(session, "max_output_tokens", ask->max_tokens);
    js_set(update, "session", session);
    return must(strdup(js_dump(s, update)));
}

static void send_append(struct realtime *r, const uint8_t *ulaw, size_t n)
{
    static const char head[] = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"";
    char text[sizeof head + 4 * ((APPEND + 2) / 3) + sizeof "\"}"];
    size_t at = sizeof head - 1;
    memcpy(text, head, at);
    at += base64_encode(ulaw, n, text + at);
    memcpy(text + at, "\"}", 2);
    send_text(r, text, at + 2);
}

/* ---- from the server ---- */

static void on_created(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s, (void)m;
    if (!r->session)
        return;
    send_text(r, r->session, strlen(r->session));
    free(r->session);
    r->session = NULL;
}

static void on_updated(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s, (void)m;
    if (r->ready)
        return;
    r->ready = true;
    timer_cancel(&r->late);
    r->h->ready(r->arg);
}

static void send_cancel(struct realtime *r)
{
    static const char text[] = "{\"type\":\"response.cancel\"}";
    send_text(r, text, sizeof text - 1);
}

static void on_begun(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s, (void)m;
    r->begun = true;
    *r->item = 0;
    r->sounded = 0;
    if (r->unwanted)
        send_cancel(r);
}

static bool wanted(const struct realtime *r)
{
    return r->active && r->begun && !r->unwanted;
}

static void on_sound(struct realtime *r, struct scope *s, const struct js *m)
{
    const char *text = js_text(js_get(m, "delta")), *item = js_text(js_get(m, "item_id"));
    size_t n = text ? strlen(text) : 0;
    uint8_t *ulaw = arena_alloc(s->arena, 3 * (n / 4) + 1);
    long got = base64_decode(text ? text : "", n, ulaw);
    if (got <= 0 || !wanted(r))
        return;
    if (item && strcmp(item, r->item) != 0) {
        snprintf(r->item, sizeof r->item, "%s", item);
        r->sounded = 0;
    }
    r->sounded += (unsigned)got;
    r->h->sound(r->arg, ulaw, (size_t)got);
}

static void on_words(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s;
    const char *text = js_text(js_get(m, "delta"));
    if (text && wanted(r))
        r->h->words(r->arg, text);
}

static void on_tool(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s;
    const char *id = js_text(js_get(m, "call_id")), *name = js_text(js_get(m, "name")),
               *arguments = js_text(js_get(m, "arguments"));
    if (id && name && wanted(r))
        r->h->tool(r->arg, id, name, arguments ? arguments : "{}");
}

static enum err end_of(const struct js *response)
{
    const char *status = js_text(js_get(response, "status"));
    bool good = status && (strcmp(status, "completed") == 0 || strcmp(status, "cancelled") == 0 ||
                           strcmp(status, "incomplete") == 0);
    return good ? OK : ERR_UPSTREAM;
}

static void on_answered(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s;
    bool told = r->active && !r->unwanted, again = r->again;
    r->active = r->begun = r->unwanted = r->again = false;
    if (again)
        realtime_answer(r);
    else if (told)
        r->h->answered(r->arg, end_of(js_get(m, "response")));
}

/*
 * A session goes on after most errors (to cancel what has just ended is one). Not before it obeys us: then its
 * settings were refused, and another voice or model would answer.
 */
static void on_error(struct realtime *r, struct scope *s, const struct js *m)
{
    const struct js *error = js_get(m, "error");
    const char *code = js_text(js_get(error, "code")), *param = js_text(js_get(error, "param"));
    log_warn(s, "realtime.error", "code", code ? code : "", "param", param ? param : "");
    if (!r->ready)
        break_off(r, ERR_UNPROCESSABLE);
}

static const struct {
    const char *type;
    void (*handle)(struct realtime *r, struct scope *s,
                   const struct js *m); /* it may be gone afterwards */
} messages[] = {
    {"session.created", on_created},
    {"session.updated", on_updated},
    {"response.created", on_begun},
    {"response.output_audio.delta", on_sound},
    {"response.output_audio_transcript.delta", on_words},
    {"response.function_call_arguments.done", on_tool},
    {"response.done", on_answered},
    {"error", on_error},
};

static void on_message(struct realtime *r, struct scope *s, const struct js *m)
{
    const char *type = js_text(js_get(m, "type"));
    for (size_t i = 0; type && i < sizeof messages / sizeof *messages; i++)
        if (strcmp(type, messages[i].type) == 0) {
            messages[i].handle(r, s, m);
            return; /* others are not for us */
        }
}

static void on_text(void *arg, const char *p, size_t n)
{
    struct realtime *r = OBJ_CAST(struct realtime, arg, REALTIME_MAGIC);
    struct scope s;
    struct js *m;
    scope_init_sized(&s, 0, ARENA_MAX);
    if (js_parse(&s, p, n, &m) == OK)
        on_message(r, &s, m);
    else
        break_off(r, ERR_UPSTREAM);
    scope_fini(&s);
}

static void on_open(void *arg)
{
    (void)arg; /* it speaks first */
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    struct realtime *r = OBJ_CAST(struct realtime, arg, REALTIME_MAGIC);
    enum err e = code == 401 || code == 403  ? ERR_FORBIDDEN
                 : code == 429               ? ERR_LIMITED
                 : code >= 400 && code < 500 ? ERR_UNPROCESSABLE
                                             : ERR_UPSTREAM;
    char number[12];
    (void)why; /* may repeat what was said */
    snprintf(number, sizeof number, "%u", code);
    log_warn(NULL, "realtime.closed", "code", number);
    lost(r, e);
}

/* ---- public ---- */

struct realtime *realtime_open(const struct realtime_ask *ask, const struct realtime_h *h,
                               void *arg)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    static const struct ws_limits limits = {.message_max = MESSAGE_MAX, .queue_max = QUEUE_MAX};
    struct scope s;
    scope_init(&s, 0);
    struct realtime *r = must(calloc(1, sizeof *r));
    unsigned open_ms = ask->open_ms ? ask->open_ms : OPEN_MS;
    const char *key = arena_printf(s.arena, "Authorization: Bearer %s", ask->api_key);
    const char *headers[] = {ask->api_key && *ask->api_key ? key : NULL, NULL};
    *r = (struct realtime){.magic = REALTIME_MAGIC, .h = h, .arg = arg};
    r->session = session_of(&s, ask);
    r->late = timer_after(open_ms, on_late, r);
    r->ws = ws_connect(&(struct ws_to){.url = arena_printf(s.arena, "%s%cmodel=%s", ask->url,
                                                           strchr(ask->url, '?') ? '&' : '?',
                                                           url_encode(s.arena, ask->model)),
                                       .headers = headers,
                                       .open_ms = open_ms},
                       &limits, &handlers, r);
    scope_fini(&s);
    return r;
}

void realtime_said(struct realtime *r, const uint8_t *ulaw, size_t n)
{
    static const char commit[] = "{\"type\":\"input_audio_buffer.commit\"}";
    for (size_t at = 0; at < n; at += APPEND)
        send_append(r, ulaw + at, n - at < APPEND ? n - at : APPEND);
    send_text(r, commit, sizeof commit - 1);
}

void realtime_answer(struct realtime *r)
{
    static const char text[] = "{\"type\":\"response.create\"}";
    r->again = r->active;
    if (r->active)
        return;
    r->active = true;
    send_text(r, text, sizeof text - 1);
}

static void create_item(struct realtime *r, struct scope *s, struct js *item)
{
    struct js *m = message(s, "conversation.item.create");
    js_set(m, "item", item);
    send_js(r, s, m);
}

void realtime_tell(struct realtime *r, const char *role, const char *text)
{
    struct scope s;
    scope_init(&s, 0);
    struct js *item = message(&s, "message"), *content = js_array(&s);
    struct js *words = message(&s, strcmp(role, "assistant") == 0 ? "output_text" : "input_text");
    js_set_text(words, "text", text);
    js_push(content, words);
    js_set_text(item, "role", role);
    js_set(item, "content", content);
    create_item(r, &s, item);
    scope_fini(&s);
}

void realtime_result(struct realtime *r, const char *id, const char *result)
{
    struct scope s;
    scope_init(&s, 0);
    struct js *item = message(&s, "function_call_output");
    js_set_text(item, "call_id", id);
    js_set_text(item, "output", result);
    create_item(r, &s, item);
    scope_fini(&s);
}

static void truncate_item(struct realtime *r, unsigned heard_ms)
{
    struct scope s;
    unsigned most = r->sounded / BYTES_PER_MS; /* more is an error */
    scope_init(&s, 0);
    struct js *m = message(&s, "conversation.item.truncate");
    js_set_text(m, "item_id", r->item);
    js_set_int(m, "content_index", 0);
    js_set_int(m, "audio_end_ms", heard_ms < most ? heard_ms : most);
    send_js(r, &s, m);
    scope_fini(&s);
    *r->item = 0;
}

void realtime_cut(struct realtime *r, unsigned heard_ms)
{
    if (r->begun && !r->unwanted)
        send_cancel(r);
    r->unwanted = r->active;
    r->again = false;
    if (*r->item)
        truncate_item(r, heard_ms);
}

void realtime_close(struct realtime *r)
{
    if (!r)
        return;
    ws_close(r->ws, WS_NORMAL, "");
    destroy(r);
}
