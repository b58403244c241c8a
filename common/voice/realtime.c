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
#define APPEND         320        /* two frames of a telephone's: half the messages for 20 ms */
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
    bool ready, answering;
    char item[ITEM_ID]; /* of the answer's sound, as the server calls it */
    unsigned sounded;   /* bytes of it so far */
    size_t n;           /* in `append` */
    uint8_t append[APPEND];
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

/* ISO-639-1, as transcription wants it. */
static void set_language(struct scope *s, struct js *transcription, const char *language)
{
    size_t n = language ? strcspn(language, "-_") : 0;
    if (n == 2)
        js_set_text(transcription, "language", arena_strndup(s->arena, language, n));
}

static struct js *input(struct scope *s, const struct realtime_ask *ask)
{
    struct js *in = js_object(s), *words = js_object(s), *turns = message(s, "server_vad");
    js_set_text(words, "model", ask->stt_model);
    set_language(s, words, ask->language);
    if (ask->silence_ms)
        js_set_int(turns, "silence_duration_ms", ask->silence_ms);
    js_set_bool(turns, "create_response", false);
    js_set_bool(turns, "interrupt_response", false);
    js_set(in, "format", pcmu(s));
    js_set(in, "transcription", words);
    js_set(in, "turn_detection", turns);
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
    js_set(audio, "input", input(s, ask));
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

static void send_append(struct realtime *r)
{
    static const char head[] = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"";
    char text[sizeof head + 4 * ((APPEND + 2) / 3) + sizeof "\"}"];
    size_t n = sizeof head - 1;
    memcpy(text, head, n);
    n += base64_encode(r->append, r->n, text + n);
    memcpy(text + n, "\"}", 2);
    r->n = 0;
    send_text(r, text, n + 2);
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

static void on_voice_began(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s, (void)m;
    r->h->voice(r->arg, true);
}

static void on_voice_ended(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s, (void)m;
    r->h->voice(r->arg, false);
}

static void on_committed(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s, (void)m;
    r->h->spoke(r->arg);
}

static void on_heard(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s;
    r->h->heard(r->arg, js_text(js_get(m, "transcript"))); /* absent of one that failed */
}

static void on_answering(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s, (void)m;
    r->answering = true;
    *r->item = 0;
    r->sounded = 0;
}

static void on_sound(struct realtime *r, struct scope *s, const struct js *m)
{
    const char *text = js_text(js_get(m, "delta")), *item = js_text(js_get(m, "item_id"));
    size_t n = text ? strlen(text) : 0;
    uint8_t *ulaw = arena_alloc(s->arena, 3 * (n / 4) + 1);
    long got = base64_decode(text ? text : "", n, ulaw);
    if (got <= 0 || !r->answering)
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
    if (text && r->answering)
        r->h->words(r->arg, text);
}

static void on_tool(struct realtime *r, struct scope *s, const struct js *m)
{
    (void)s;
    const char *id = js_text(js_get(m, "call_id")), *name = js_text(js_get(m, "name")),
               *arguments = js_text(js_get(m, "arguments"));
    if (id && name)
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
    r->answering = false;
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
    {"input_audio_buffer.speech_started", on_voice_began},
    {"input_audio_buffer.speech_stopped", on_voice_ended},
    {"input_audio_buffer.committed", on_committed},
    {"conversation.item.input_audio_transcription.completed", on_heard},
    {"conversation.item.input_audio_transcription.failed", on_heard},
    {"response.created", on_answering},
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
    static const struct ws_limits limits = {.message_max = MESSAGE_MAX};
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

void realtime_hear(struct realtime *r, const uint8_t *ulaw, size_t n)
{
    while (r->ready && n) {
        size_t some = n < APPEND - r->n ? n : APPEND - r->n;
        memcpy(r->append + r->n, ulaw, some);
        r->n += some;
        ulaw += some;
        n -= some;
        if (r->n == APPEND)
            send_append(r);
    }
}

void realtime_answer(struct realtime *r)
{
    static const char text[] = "{\"type\":\"response.create\"}";
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

void realtime_cut(struct realtime *r, unsigned heard_ms)
{
    static const char cancel[] = "{\"type\":\"response.cancel\"}";
    struct scope s;
    if (r->answering)
        send_text(r, cancel, sizeof cancel - 1);
    r->answering = false; /* what is still on its way is not for anybody */
    if (!*r->item)
        return;
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

void realtime_close(struct realtime *r)
{
    if (!r)
        return;
    ws_close(r->ws, WS_NORMAL, "");
    destroy(r);
}
