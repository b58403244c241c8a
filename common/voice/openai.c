#include "voice/openai_impl.h"
#include "base/die.h"
#include "io/httpc.h"
#include "io/js.h"
#include "voice/sse.h"
#include "voice/wav.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPENAI_MAGIC  0x6f706e61
#define EVENT_MAX     (256u << 10)
#define EVENT_ARENA   (1u << 20)
#define ERROR_MAX     16384
#define CHAT_MAX      (4u << 20)
#define SPEECH_MAX    (16u << 20)
#define TOOLS_MAX     16
#define ARGUMENTS_MAX (64u << 10)
#define IDLE_MS       10000
#define CHAT_MS       60000
#define SPEECH_MS     30000

struct tool {
    struct buf id, name, arguments;
    bool used;
};

struct openai_stream {
    uint32_t magic;
    struct http_stream *x;
    const struct chat_h *chat; /* one of the two */
    const struct speech_h *speech;
    void *arg;
    struct buf error; /* the body of an answer that is no stream */
    bool is_error, busy, canceled;
    bool complete; /* [DONE] has come */
    int status;
    struct sse sse;
    struct wav wav;
    struct tool tools[TOOLS_MAX];
    char finish[32];
    struct openai_end end; /* err set: decided before the transfer's end */
};

/* ---- destructors ---- */

static void destroy(struct openai_stream *o)
{
    sse_fini(&o->sse);
    buf_free(&o->error);
    for (int i = 0; i < TOOLS_MAX; i++) {
        buf_free(&o->tools[i].id);
        buf_free(&o->tools[i].name);
        buf_free(&o->tools[i].arguments);
    }
    OBJ_KILL(o, OPENAI_MAGIC);
    free(o);
}

void openai_cancel(struct openai_stream *o)
{
    OBJ_CHECK(o, OPENAI_MAGIC);
    if (o->canceled)
        return;
    o->canceled = true;
    http_cancel(o->x);
    if (!o->busy)
        destroy(o); /* else the callback we are in does it */
}

static void leave(struct openai_stream *o)
{
    o->busy = false;
    if (o->canceled)
        destroy(o);
}

/* ---- errors: every server has its own shape ---- */

static enum err err_of(int status, const char *code)
{
    switch (status) {
    case 401:
    case 403:
        return ERR_FORBIDDEN;
    case 429:
        return strcmp(code, "insufficient_quota") == 0 ? ERR_FORBIDDEN : ERR_LIMITED;
    case 408:
    case 409:
    case 503:
        return ERR_BUSY;
    }
    return status >= 400 && status < 500 ? ERR_UNPROCESSABLE : ERR_UPSTREAM;
}

static void set_code(struct openai_end *end, const struct js *code)
{
    if (js_type(code) == JS_INT)
        snprintf(end->code, sizeof end->code, "%lld", js_int(code));
    else if (js_text(code))
        snprintf(end->code, sizeof end->code, "%s", js_text(code));
}

/* {"error":{...}}, {"error":"text"}, {"detail":"text" or [...]}, {"object":"error","message":...} */
static void read_error(const struct js *j, struct openai_end *end)
{
    const struct js *error = js_get(j, "error"), *detail = js_get(j, "detail");
    const struct js *from = js_type(error) == JS_OBJECT ? error : j;
    const char *message = js_text(js_get(from, "message"));
    if (!message)
        message = js_text(error);
    if (!message)
        message = js_text(detail);
    if (!message && js_type(detail) == JS_ARRAY)
        message = js_text(js_get(js_at(detail, 0), "msg"));
    set_code(end, js_get(from, "type"));
    set_code(end, js_get(from, "code"));
    if (message)
        snprintf(end->message, sizeof end->message, "%s", message);
}

void openai_read_error(int status, const char *body, size_t n, struct openai_end *end)
{
    struct scope s;
    struct js *j = NULL;
    scope_init_sized(&s, 0, EVENT_ARENA);
    end->status = status;
    snprintf(end->message, sizeof end->message, "HTTP %d", status);
    if (js_parse(&s, body, n, &j) == OK && js_type(j) == JS_OBJECT)
        read_error(j, end);
    end->err = err_of(status, end->code);
    scope_fini(&s);
}

/* ---- the shared part of a stream ---- */

static void on_head(void *arg, int status, const char *type, int64_t length)
{
    struct openai_stream *o = OBJ_CAST(struct openai_stream, arg, OPENAI_MAGIC);
    (void)length;
    o->status = o->end.status = status;
    o->is_error = status != 200 || strncmp(type, "application/json", 16) == 0;
}

/* Decided early (an error inside the stream, garbage): what still comes is of no interest. */
static void give_up(struct openai_stream *o, enum err e, const char *message)
{
    if (o->end.err)
        return;
    o->end.err = e;
    if (message)
        snprintf(o->end.message, sizeof o->end.message, "%s", message);
}

static bool on_piece(void *arg, const char *data, size_t n)
{
    struct openai_stream *o = OBJ_CAST(struct openai_stream, arg, OPENAI_MAGIC);
    o->busy = true;
    if (o->is_error)
        buf_put(&o->error, data, n);
    else if (o->end.err || o->complete)
        ; /* decided */
    else if (o->chat && sse_feed(&o->sse, data, n) != OK)
        give_up(o, ERR_TOO_BIG, "an event is too big");
    else if (o->speech && wav_feed(&o->wav, data, n) != OK)
        give_up(o, ERR_UPSTREAM, "the audio is no WAV we know");
    leave(o);
    return true;
}

static void hand_tools(struct openai_stream *o)
{
    for (int i = 0; i < TOOLS_MAX && !o->canceled; i++)
        if (o->tools[i].used && o->chat->on_tool)
            o->chat->on_tool(o->arg, o->tools[i].id.p, o->tools[i].name.p, o->tools[i].arguments.p);
}

/* Once the stream is complete, a late error of the connection changes nothing. */
static void judge(struct openai_stream *o, enum err transfer)
{
    if (o->end.err)
        return;
    if (o->is_error && !transfer)
        openai_read_error(o->status, o->error.p, o->error.n, &o->end);
    else if (transfer && !o->complete)
        give_up(o, transfer, err_code(transfer));
    else if (o->chat && !o->complete)
        give_up(o, ERR_UPSTREAM, "the stream ended early");
    else if (o->speech && !o->wav.audio_bytes)
        give_up(o, ERR_UPSTREAM, "no audio");
}

static void on_end(void *arg, enum err e)
{
    struct openai_stream *o = OBJ_CAST(struct openai_stream, arg, OPENAI_MAGIC);
    o->busy = true;
    judge(o, e);
    o->end.finish = o->finish;
    o->end.retry_after_s = http_retry_after(o->x);
    if (!o->end.err && o->chat)
        hand_tools(o);
    if (!o->canceled) {
        o->canceled = true; /* over: a late openai_cancel() does nothing */
        if (o->chat)
            o->chat->on_end(o->arg, &o->end);
        else
            o->speech->on_end(o->arg, &o->end);
    }
    leave(o);
}

static const struct http_stream_h stream_handlers = {on_head, on_piece, on_end};

struct http_ask openai_request(struct scope *s, const struct openai *ai, const char *path,
                               const struct js *body)
{
    struct http_ask ask = {.method = "POST",
                           .url = url_under(s->arena, ai->base_url, path),
                           .trace = s->trace,
                           .type = "application/json"};
    ask.body = body ? js_dump(s, body) : NULL;
    ask.bearer = ai->api_key && *ai->api_key ? ai->api_key : NULL;
    return ask;
}

static struct openai_stream *create(void *arg)
{
    struct openai_stream *o = must(calloc(1, sizeof *o));
    *o = (struct openai_stream){.magic = OPENAI_MAGIC, .arg = arg, .error = BUF(ERROR_MAX)};
    for (int i = 0; i < TOOLS_MAX; i++)
        o->tools[i] = (struct tool){BUF(256), BUF(256), BUF(ARGUMENTS_MAX), false};
    return o;
}

/* ---- chat ---- */

/* Some servers send each call whole, and every one of them under index 0: another id is another call. */
static long long place_of(const struct openai_stream *o, long long i, const char *id)
{
    while (id && i >= 0 && i < TOOLS_MAX && o->tools[i].id.n && strcmp(o->tools[i].id.p, id) != 0)
        i++;
    return i;
}

static void take_tool(struct openai_stream *o, const struct js *call, size_t position)
{
    const struct js *index = js_get(call, "index"), *function = js_get(call, "function");
    long long i = js_type(index) == JS_INT ? js_int(index) : (long long)position;
    const char *id = js_text(js_get(call, "id")), *name = js_text(js_get(function, "name"));
    const char *arguments = js_text(js_get(function, "arguments"));
    i = place_of(o, i, id && *id ? id : NULL);
    if (i < 0 || i >= TOOLS_MAX) {
        give_up(o, ERR_UPSTREAM, "too many tool calls");
        return;
    }
    struct tool *t = &o->tools[i];
    t->used = true;
    if (id && !t->id.n)
        buf_puts(&t->id, id);
    if (name && !t->name.n)
        buf_puts(&t->name, name);
    buf_puts(&t->arguments, arguments ? arguments : "");
    if (t->id.over || t->name.over || t->arguments.over)
        give_up(o, ERR_TOO_BIG, "a tool call is too big");
}

static void take_delta(struct openai_stream *o, const struct js *choice)
{
    const struct js *delta = js_get(choice, "delta"), *calls = js_get(delta, "tool_calls");
    const char *text = js_text(js_get(delta, "content")),
               *finish = js_text(js_get(choice, "finish_reason"));
    size_t n = js_type(calls) == JS_ARRAY ? js_count(calls) : 0;
    if (!text)
        text = js_text(js_get(delta, "refusal"));
    if (finish)
        snprintf(o->finish, sizeof o->finish, "%s", finish);
    for (size_t i = 0; i < n; i++)
        take_tool(o, js_at(calls, i), i);
    if (text && *text)
        o->chat->on_text(o->arg, text, strlen(text));
}

static void take_event(struct openai_stream *o, const struct js *j)
{
    const struct js *choices = js_get(j, "choices"), *usage = js_get(j, "usage");
    enum js_type error = js_type(js_get(j, "error"));
    if (error != JS_NONE && error != JS_NULL) {
        give_up(o, ERR_UPSTREAM, "error in the stream");
        read_error(j, &o->end);
        return;
    }
    if (js_type(usage) == JS_OBJECT) {
        o->end.prompt_tokens = js_int(js_get(usage, "prompt_tokens"));
        o->end.completion_tokens = js_int(js_get(usage, "completion_tokens"));
    }
    if (js_type(choices) == JS_ARRAY && js_count(choices) > 0)
        take_delta(o, js_at(choices, 0));
}

static bool on_event(void *arg, const char *data, size_t n)
{
    struct openai_stream *o = OBJ_CAST(struct openai_stream, arg, OPENAI_MAGIC);
    struct scope s;
    struct js *j = NULL;
    if (strncmp(data, "[DONE]", 6) == 0) {
        o->complete = true;
        return false;
    }
    scope_init_sized(&s, 0, EVENT_ARENA);
    if (js_parse(&s, data, n, &j) == OK && js_type(j) == JS_OBJECT)
        take_event(o, j);
    else
        give_up(o, ERR_UPSTREAM, "an event is no JSON");
    scope_fini(&s);
    return !o->canceled && !o->end.err;
}

struct js *openai_chat_body(struct scope *s, const struct openai *ai, const struct chat_ask *ask,
                            bool stream)
{
    struct js *j = js_object(s);
    js_set_text(j, "model", ask->model);
    js_set(j, "messages", js_copy(s, ask->messages));
    if (ask->tools)
        js_set(j, "tools", js_copy(s, ask->tools));
    if (ask->temperature)
        js_set_real(j, "temperature", strtod(ask->temperature, NULL));
    if (ask->max_tokens)
        js_set_int(j, ai->max_tokens_field ? ai->max_tokens_field : "max_completion_tokens",
                   ask->max_tokens);
    if (ask->tools && ai->tool_choice && *ai->tool_choice)
        js_set_text(j, "tool_choice", ai->tool_choice);
    if (ask->response_format)
        js_set(j, "response_format", js_copy(s, ask->response_format));
    if (stream)
        js_set_bool(j, "stream", true);
    if (stream && ask->usage) {
        struct js *options = js_object(s);
        js_set_bool(options, "include_usage", true);
        js_set(j, "stream_options", options);
    }
    return j;
}

struct openai_stream *openai_chat(struct scope *s, const struct openai *ai,
                                  const struct chat_ask *ask, const struct chat_h *h, void *arg)
{
    struct openai_stream *o = create(arg);
    o->chat = h;
    sse_init(&o->sse, EVENT_MAX, on_event, o);
    struct http_ask http =
        openai_request(s, ai, "/chat/completions", openai_chat_body(s, ai, ask, true));
    http.total_ms = ask->total_ms ? ask->total_ms : CHAT_MS;
    http.idle_ms = ask->idle_ms ? ask->idle_ms : IDLE_MS;
    http.max_answer = CHAT_MAX;
    o->x = http_stream(&http, &stream_handlers, o);
    return o;
}

/* ---- speech ---- */

static void on_format(void *arg, const struct wav_format *f)
{
    struct openai_stream *o = OBJ_CAST(struct openai_stream, arg, OPENAI_MAGIC);
    o->speech->on_format(o->arg, f);
}

static bool on_audio(void *arg, const char *data, size_t n)
{
    struct openai_stream *o = OBJ_CAST(struct openai_stream, arg, OPENAI_MAGIC);
    if (!o->canceled)
        o->speech->on_audio(o->arg, data, n);
    return !o->canceled;
}

struct openai_stream *openai_speech(struct scope *s, const struct openai *ai,
                                    const struct speech_ask *ask, const struct speech_h *h,
                                    void *arg)
{
    struct openai_stream *o = create(arg);
    struct js *j = js_object(s);
    o->speech = h;
    o->wav = (struct wav){.on_format = on_format, .on_audio = on_audio, .arg = o};
    js_set_text(j, "model", ask->model);
    js_set_text(j, "input", ask->input);
    js_set_text(j, "voice", ask->voice);
    js_set_text(j, "response_format", "wav");
    if (ask->instructions)
        js_set_text(j, "instructions", ask->instructions);
    if (ask->speed > 0)
        js_set_real(j, "speed", ask->speed);
    struct http_ask http = openai_request(s, ai, "/audio/speech", j);
    http.total_ms = ask->total_ms ? ask->total_ms : SPEECH_MS;
    http.idle_ms = ask->idle_ms ? ask->idle_ms : IDLE_MS;
    http.max_answer = SPEECH_MAX;
    o->x = http_stream(&http, &stream_handlers, o);
    return o;
}
