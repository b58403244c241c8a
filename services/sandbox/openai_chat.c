/* OpenAI's chat completions, whole and streamed, and the list of models. */
#include "api.h"
#include "base/clock.h"
#include "brain.h"
#include "io/crypto.h"
#include "loop/task.h"
#include "report.h"
#include "sandbox.h"
#include <stdio.h>
#include <string.h>

#define ARGUMENTS_PIECE 12 /* characters of a tool call's arguments per delta */
#define LONG_PIECE      (64 << 10)
#define LONG_PIECES     17 /* together over a mebibyte */

static const char *const models[] = {
    "gpt-4o-mini", "gpt-4o",    "gpt-4o-mini-tts",   "tts-1",
    "tts-1-hd",    "whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"};

struct chat {
    struct req *r;
    const char *id, *model, *call_id;
    struct thought thought;
    bool usage, obfuscate, streaming;
    int prompt_tokens, tokens;
    uint64_t created;
};

enum err models_list(struct req *r)
{
    struct js *j = js_object(&r->scope), *list = js_array(&r->scope);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct js *m = js_object(&r->scope);
        js_set_text(m, "id", models[i]);
        js_set_text(m, "object", "model");
        js_set_int(m, "created", 1715367049);
        js_set_text(m, "owned_by", "sandbox");
        js_push(list, m);
    }
    js_set_text(j, "object", "list");
    js_set(j, "data", list);
    return answer_js(r, 200, j);
}

/* --- checks --- */

static const char *role_of(const struct js *m)
{
    const char *role = js_text(js_get(m, "role"));
    return role ? role : "";
}

/* Every tool call of an assistant message must be answered by the tool messages right behind it. */
static bool calls_answered(const struct js *messages, size_t i)
{
    const struct js *calls = js_get(js_at(messages, i), "tool_calls");
    size_t n = js_count(calls);
    for (size_t k = 1; k <= n; k++)
        if (strcmp(role_of(js_at(messages, i + k)), "tool") != 0)
            return false;
    return true;
}

static const char *wrong_message(struct req *r, const struct js *messages)
{
    static const char roles[] = " system developer user assistant tool ";
    for (size_t i = 0; i < js_count(messages); i++) {
        const struct js *m = js_at(messages, i);
        const char *role = role_of(m);
        if (!*role || !strstr(roles, arena_printf(r->scope.arena, " %s ", role)))
            return arena_printf(r->scope.arena, "Invalid value for messages[%zu].role", i);
        bool may_be_null = js_count(js_get(m, "tool_calls")) > 0;
        if (!js_text(js_get(m, "content")) && js_type(js_get(m, "content")) != JS_ARRAY &&
            !may_be_null)
            return arena_printf(r->scope.arena,
                                "Invalid value for messages[%zu].content: expected a string", i);
        if (strcmp(role, "assistant") == 0 && !calls_answered(messages, i))
            return "An assistant message with 'tool_calls' must be followed by tool messages "
                   "responding to each 'tool_call_id'.";
        if (strcmp(role, "tool") == 0 && !js_text(js_get(m, "tool_call_id")))
            return arena_printf(r->scope.arena, "Missing parameter messages[%zu].tool_call_id", i);
    }
    return NULL;
}

static const char *make_id(struct req *r, const char *prefix)
{
    uint8_t random[12];
    char hex[25];
    random_bytes(random, sizeof random);
    hex_encode(random, sizeof random, hex);
    return arena_printf(r->scope.arena, "%s%s", prefix, hex);
}

/* --- pieces of an answer --- */

static struct js *usage_js(const struct chat *c)
{
    struct js *u = js_object(&c->r->scope);
    js_set_int(u, "prompt_tokens", c->prompt_tokens);
    js_set_int(u, "completion_tokens", c->tokens);
    js_set_int(u, "total_tokens", c->prompt_tokens + c->tokens);
    return u;
}

static const char *arguments_of(const struct chat *c)
{
    return c->thought.raw ? c->thought.raw : js_dump(&c->r->scope, c->thought.arguments);
}

/* One of several calls in one answer has an id of its own. */
static struct js *tool_call_js(const struct chat *c, int index, const char *arguments)
{
    struct js *call = js_object(&c->r->scope), *f = js_object(&c->r->scope);
    js_set_text(call, "id",
                index ? arena_printf(c->r->scope.arena, "%s_%d", c->call_id, index) : c->call_id);
    js_set_text(call, "type", "function");
    js_set_text(f, "name", c->thought.tool);
    js_set_text(f, "arguments", arguments);
    js_set(call, "function", f);
    return call;
}

static struct js *envelope(const struct chat *c, const char *object, struct js *choice)
{
    struct js *j = js_object(&c->r->scope), *choices = js_array(&c->r->scope);
    js_set_text(j, "id", c->id);
    js_set_text(j, "object", object);
    js_set_int(j, "created", (long long)c->created);
    js_set_text(j, "model", c->model);
    js_set_text(j, "system_fingerprint", "fp_sandbox");
    if (choice)
        js_push(choices, choice);
    js_set(j, "choices", choices);
    return j;
}

/* --- whole --- */

static enum err await_whole(struct chat *c)
{
    struct js *choice = js_object(&c->r->scope), *m = js_object(&c->r->scope);
    js_set_text(m, "role", "assistant");
    js_set_text(m, "content", c->thought.text);
    js_set_text(m, "refusal", NULL);
    if (c->thought.tool) {
        struct js *calls = js_array(&c->r->scope);
        for (int i = 0; i < c->thought.times; i++)
            js_push(calls, tool_call_js(c, i, arguments_of(c)));
        js_set(m, "tool_calls", calls);
    }
    js_set_int(choice, "index", 0);
    js_set(choice, "message", m);
    js_set(choice, "logprobs", NULL);
    js_set_text(choice, "finish_reason", c->thought.tool ? "tool_calls" : "stop");
    struct js *j = envelope(c, "chat.completion", choice);
    js_set(j, "usage", usage_js(c));
    await_sleep((uint64_t)(latency.first_token + latency.token * c->tokens));
    return answer_js(c->r, 200, j);
}

/* --- streamed --- */

static enum err await_event_line(struct chat *c, struct js *j)
{
    const char *line = arena_printf(c->r->scope.arena, "data: %s\n\n", js_dump(&c->r->scope, j));
    return await_req_write(c->r, line, strlen(line));
}

static enum err await_chunk(struct chat *c, struct js *delta, const char *finish)
{
    struct js *choice = js_object(&c->r->scope);
    js_set_int(choice, "index", 0);
    js_set(choice, "delta", delta);
    js_set(choice, "logprobs", NULL);
    js_set_text(choice, "finish_reason", finish);
    struct js *j = envelope(c, "chat.completion.chunk", choice);
    if (c->usage)
        js_set(j, "usage", NULL);
    if (c->obfuscate)
        js_set_text(j, "obfuscation", make_id(c->r, "x") + 1 + c->tokens % 16);
    return await_event_line(c, j);
}

/* An event of a mebibyte. */
static enum err await_long_line(struct chat *c)
{
    char *filler = arena_alloc(c->r->scope.arena, LONG_PIECE);
    memset(filler, 'a', LONG_PIECE);
    TRY(await_req_write(c->r, "data: {\"x\":\"", 13));
    for (int i = 0; i < LONG_PIECES; i++)
        TRY(await_req_write(c->r, filler, LONG_PIECE));
    return await_req_write(c->r, "\"}\n\n", 4);
}

#define CHOICE(delta, finish)                                                                      \
    "data: {\"choices\":[{\"index\":0,\"delta\":{" delta "},\"finish_reason\":" finish "}]}\n\n"

/* Bytes in the middle of a stream; after those that break nothing off, it goes on. */
static const struct {
    const char *name, *bytes;
    size_t n;
    bool ends;
} garbages[] = {
#define BYTES(s) s, sizeof s - 1
    {"",
     BYTES("data: {\"choices\":[{\"delta\":{\"content\":\"\xe2\x82\n\ndata: \x00{{{\n\n: \ndata: "
           "[1,2"),
     true},
    {"no_end", BYTES(CHOICE("", "\"stop\"")), true}, /* no [DONE] */
    {"split_utf8",
     BYTES("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"caf\xc3\"}}]}\n\n"), false},
    {"nul", BYTES("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\0b\"}}]}\n\n"),
     false},
    {"two_finishes", BYTES(CHOICE("", "\"stop\"") CHOICE("", "\"length\"")), false},
    {"markup", BYTES(CHOICE("\"content\":\"<Hangup/> {\\\"tool\\\": 1} **bold** \"", "null")),
     false},
#undef BYTES
};

static enum err await_garbage(struct chat *c, const char *name)
{
    name = name ? name : "";
    if (strcmp(name, "long_line") == 0)
        return await_long_line(c);
    for (size_t i = 0; i < sizeof garbages / sizeof *garbages; i++) {
        if (strcmp(garbages[i].name, name) != 0)
            continue;
        TRY(await_req_write(c->r, garbages[i].bytes, garbages[i].n));
        return garbages[i].ends ? await_cut_short() : OK;
    }
    return OK;
}

/* A fault in the middle of the stream; OK = go on. */
static enum err await_stream_fault(struct chat *c, int piece)
{
    struct fault_rule *f = &VISIT(c->r)->fault;
    const char *error = f->body
                            ? f->body
                            : "{\"error\":{\"message\":\"The server had an "
                              "error\",\"type\":\"server_error\",\"param\":null,\"code\":null}}";
    if (f->kind == FAULT_DRIP)
        await_sleep(f->ms);
    if (piece != 2)
        return OK;
    if (f->kind == FAULT_ERROR_EVENT) {
        const char *line = arena_printf(c->r->scope.arena, "data: %s\n\n", error);
        TRY(await_req_write(c->r, line, strlen(line)));
        return await_cut_short();
    }
    if (f->kind == FAULT_GARBAGE)
        return await_garbage(c, f->body);
    if (f->kind == FAULT_HALF_BODY)
        return await_cut_short();
    while (f->kind == FAULT_ACCEPT_HANG && !req_client_gone(c->r))
        await_sleep(250);
    if (f->kind == FAULT_ACCEPT_HANG)
        note_gone(c->r);
    return OK;
}

static enum err await_text(struct chat *c)
{
    int piece = 0;
    for (const char *p = c->thought.text; *p;) {
        size_t n = strcspn(p, " ");
        n += strspn(p + n, " ");
        struct js *delta = js_object(&c->r->scope);
        js_set_text(delta, "content", arena_strndup(c->r->scope.arena, p, n));
        TRY(await_stream_fault(c, ++piece));
        TRY(await_chunk(c, delta, NULL));
        await_sleep((uint64_t)latency.token);
        p += n;
    }
    return OK;
}

static struct js *call_delta(struct chat *c, struct js *call)
{
    struct js *delta = js_object(&c->r->scope), *calls = js_array(&c->r->scope);
    js_push(calls, call);
    js_set(delta, "tool_calls", calls);
    return delta;
}

static enum err await_arguments(struct chat *c, int index)
{
    const char *args = arguments_of(c);
    struct js *first = tool_call_js(c, index, "");
    js_set_int(first, "index", index);
    TRY(await_chunk(c, call_delta(c, first), NULL));
    int piece = 0;
    for (const char *p = args; *p;) {
        size_t n = strlen(p) < ARGUMENTS_PIECE ? strlen(p) : ARGUMENTS_PIECE;
        while (n && ((unsigned char)p[n] & 0xc0) == 0x80)
            n--; /* not inside a character: JSON text must be whole UTF-8 */
        struct js *call = js_object(&c->r->scope), *f = js_object(&c->r->scope);
        js_set_int(call, "index", index);
        js_set_text(f, "arguments", arena_strndup(c->r->scope.arena, p, n));
        js_set(call, "function", f);
        TRY(await_stream_fault(c, ++piece));
        TRY(await_chunk(c, call_delta(c, call), NULL));
        await_sleep((uint64_t)latency.token);
        p += n;
    }
    return OK;
}

static enum err await_calls(struct chat *c)
{
    for (int i = 0; i < c->thought.times; i++)
        TRY(await_arguments(c, i));
    return OK;
}

static enum err await_stream(struct chat *c)
{
    struct js *role = js_object(&c->r->scope);
    js_set_text(role, "role", "assistant");
    js_set_text(role, "content", c->thought.tool ? NULL : "");
    js_set_text(role, "refusal", NULL);
    await_sleep((uint64_t)latency.first_token);
    TRY(req_stream(c->r, 200, "text/event-stream; charset=utf-8", -1));
    TRY(await_chunk(c, role, NULL));
    enum err e = c->thought.tool ? await_calls(c) : await_text(c);
    if (e && VISIT(c->r)->fault.kind == FAULT_DRIP)
        note_gone(c->r);
    TRY(e);
    TRY(await_chunk(c, js_object(&c->r->scope), c->thought.tool ? "tool_calls" : "stop"));
    if (c->usage) {
        struct js *j = envelope(c, "chat.completion.chunk", NULL);
        js_set(j, "usage", usage_js(c));
        TRY(await_event_line(c, j));
    }
    return await_req_write(c->r, "data: [DONE]\n\n", 14);
}

static int words(const char *text)
{
    int n = 0;
    for (const char *p = text; *p; p++)
        n += *p == ' ';
    return n + 1;
}

/* The tool of the fault's body, instead of what was thought. */
static enum err force_tool(struct req *r, struct chat *c)
{
    struct js *j;
    TRY(js_parse(&r->scope, VISIT(r)->fault.body ? VISIT(r)->fault.body : "{}", 0, &j));
    const char *name = js_text(js_get(j, "name")), *arguments = js_text(js_get(j, "arguments"));
    c->thought =
        (struct thought){.tool = arena_strdup(r->scope.arena, name ? name : "nothing"),
                         .raw = arena_strdup(r->scope.arena, arguments ? arguments : "{}")};
    return OK;
}

static enum err invalid(struct req *r, const char *param, const char *message)
{
    return openai_error(r, 400, "invalid_request_error", param, NULL, message);
}

enum err chat_complete(struct req *r)
{
    struct js *j;
    if (js_parse(&r->scope, r->body, r->body_n, &j) || js_type(j) != JS_OBJECT)
        return invalid(r, NULL, "We could not parse the JSON body of your request.");
    const struct js *messages = js_get(j, "messages"), *options = js_get(j, "stream_options");
    if (!js_text(js_get(j, "model")))
        return invalid(r, "model", "you must provide a model parameter");
    if (js_type(messages) != JS_ARRAY || !js_count(messages))
        return invalid(r, "messages", "Missing required parameter: 'messages'.");
    if (options && !js_true(js_get(j, "stream")))
        return invalid(r, "stream_options",
                       "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
    const char *wrong = wrong_message(r, messages);
    if (wrong)
        return invalid(r, "messages", wrong);
    struct chat c = {.r = r,
                     .id = make_id(r, "chatcmpl-"),
                     .call_id = make_id(r, "call_"),
                     .model = js_text(js_get(j, "model")),
                     .created = clock_wall_ms() / 1000,
                     .usage = js_true(js_get(options, "include_usage")),
                     .obfuscate = !js_get(options, "include_obfuscation") ||
                                  js_true(js_get(options, "include_obfuscation"))};
    c.thought = report_asked(messages) ? (struct thought){.text = report_write(&r->scope, messages)}
                                       : brain_think(&r->scope, j);
    if (VISIT(r)->fault.kind == FAULT_TOOL_CALL)
        TRY(force_tool(r, &c));
    c.thought.times = c.thought.times ? c.thought.times : 1;
    c.prompt_tokens = (int)(r->body_n / 4);
    c.tokens = c.thought.text ? words(c.thought.text) * 4 / 3 : 20;
    req_set_header(r, "x-request-id", c.id);
    if (VISIT(r)->fault.kind == FAULT_CLOSE_AFTER || VISIT(r)->fault.kind == FAULT_RESET)
        return cut(r, VISIT(r)->fault.kind == FAULT_RESET);
    return js_true(js_get(j, "stream")) ? await_stream(&c) : await_whole(&c);
}
