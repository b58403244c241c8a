#include "realtime.h"
#include "base/die.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_MS 500
#define PADDING_MS 300

static void set(char **to, const char *text)
{
    free(*to);
    *to = text ? must(strdup(text)) : NULL;
}

void session_defaults(struct realtime *rt, const char *model)
{
    set(&rt->model, model);
    set(&rt->instructions, "");
    set(&rt->voice, "marin");
    set(&rt->tools, "[]");
    rt->vad = rt->creates = rt->interrupts = true;
    rt->silence_ms = SILENCE_MS;
    rt->padding_ms = PADDING_MS;
    rt->speed = 1.0;
}

void session_fini(struct realtime *rt)
{
    free(rt->model);
    free(rt->instructions);
    free(rt->voice);
    free(rt->tools);
}

static const char *format(bool ulaw)
{
    return ulaw ? "{\"type\":\"audio/pcmu\"}" : "{\"type\":\"audio/pcm\",\"rate\":24000}";
}

static const char *flag(bool on)
{
    return on ? "true" : "false";
}

void session_put(const struct realtime *rt, struct buf *b)
{
    buf_printf(b, "{\"type\":\"realtime\",\"object\":\"realtime.session\",\"id\":\"%s\"", rt->id);
    event_text(b, "model", rt->model);
    event_text(b, "instructions", rt->instructions);
    buf_printf(b, ",\"output_modalities\":[\"%s\"],\"audio\":{\"input\":{\"format\":%s",
               rt->text_only ? "text" : "audio", format(rt->hears_ulaw));
    buf_printf(b, ",\"transcription\":%s,\"turn_detection\":",
               rt->transcribes ? "{\"model\":\"whisper-1\"}" : "null");
    if (rt->vad)
        buf_printf(b,
                   "{\"type\":\"server_vad\",\"threshold\":0.5,\"prefix_padding_ms\":%u,"
                   "\"silence_duration_ms\":%u,\"create_response\":%s,\"interrupt_response\":%s}",
                   rt->padding_ms, rt->silence_ms, flag(rt->creates), flag(rt->interrupts));
    else
        buf_puts(b, "null");
    buf_printf(b, "},\"output\":{\"format\":%s,\"speed\":%.2f", format(rt->speaks_ulaw), rt->speed);
    event_text(b, "voice", rt->voice);
    buf_printf(b, "}},\"tools\":%s,\"tool_choice\":\"auto\",\"max_output_tokens\":\"inf\"}",
               rt->tools);
}

/* --- what may be set --- */

/* Member by member, and what is inside: "" takes anything. */
static const struct known {
    const char *path, *members;
} knowns[] = {
    {"session", "type instructions output_modalities audio tools tool_choice max_output_tokens "
                "tracing include prompt truncation"},
    {"session.audio", "input output"},
    {"session.audio.input", "format transcription turn_detection noise_reduction"},
    {"session.audio.output", "format voice speed"},
    {"session.audio.input.turn_detection",
     "type threshold prefix_padding_ms silence_duration_ms create_response interrupt_response "
     "idle_timeout_ms eagerness"},
    {"session.audio.input.format", "type rate"},
    {"session.audio.output.format", "type rate"},
};

static bool listed(const char *members, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = members; (p = strstr(p, name)); p += n)
        if ((p == members || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return n > 0;
    return false;
}

/* The first member that nobody knows: its path in out. */
static bool unknown(const struct js *j, const char *path, char out[200])
{
    const char *members = NULL;
    for (size_t i = 0; i < sizeof knowns / sizeof *knowns; i++)
        if (strcmp(knowns[i].path, path) == 0)
            members = knowns[i].members;
    if (!members || js_type(j) != JS_OBJECT)
        return false;
    for (struct js_iter *it = js_first(j); it; it = js_next(j, it)) {
        char inner[200];
        snprintf(inner, sizeof inner, "%s.%s", path, js_key(it));
        if (!listed(members, js_key(it))) {
            memcpy(out, inner, sizeof inner);
            return true;
        }
        if (unknown(js_value(it), inner, out))
            return true;
    }
    return false;
}

struct update {
    struct realtime *rt;
    const char *client_event;
};

static bool refuse(const struct update *u, const char *code, const char *param, const char *message)
{
    realtime_error(u->rt, u->client_event, code, param, message);
    return false;
}

static bool format_known(const struct update *u, const struct js *side, const char *param)
{
    const struct js *f = js_get(side, "format");
    const char *type = js_text(js_get(f, "type"));
    if (!f || (type && strcmp(type, "audio/pcmu") == 0))
        return true;
    return refuse(u, "invalid_value", param,
                  "Invalid value. The sandbox hears and speaks 'audio/pcmu' only.");
}

static bool modalities_fit(const struct update *u, const struct js *list)
{
    const char *only = js_text(js_at(list, 0));
    if (!list || (js_count(list) == 1 && only && listed("audio text", only)))
        return true;
    return refuse(u, "invalid_value", "session.output_modalities",
                  "Invalid modalities. Supported combinations are: ['text'] and ['audio'].");
}

static bool acceptable(const struct update *u, const struct js *session)
{
    const struct js *audio = js_get(session, "audio"), *tools = js_get(session, "tools");
    const char *type = js_text(js_get(session, "type"));
    const char *voice = js_text(js_get(js_get(audio, "output"), "voice"));
    char path[200], message[260];
    if (!type)
        return refuse(u, "missing_required_parameter", "session.type",
                      "Missing required parameter: 'session.type'.");
    if (strcmp(type, "realtime") != 0)
        return refuse(u, "invalid_value", "session.type", "Invalid value. Supported: 'realtime'.");
    if (unknown(session, "session", path)) {
        snprintf(message, sizeof message, "Unknown parameter: '%s'.", path);
        return refuse(u, "unknown_parameter", path, message);
    }
    for (size_t i = 0; i < js_count(tools); i++)
        if (!js_text(js_get(js_at(tools, i), "name")))
            return refuse(u, "missing_required_parameter", "session.tools[].name",
                          "Missing required parameter: 'session.tools[].name'.");
    if (voice && u->rt->spoken && strcmp(voice, u->rt->voice) != 0)
        return refuse(u, "cannot_update_voice", "session.audio.output.voice",
                      "Cannot update a conversation's voice if assistant audio is present.");
    return format_known(u, js_get(audio, "input"), "session.audio.input.format") &&
           format_known(u, js_get(audio, "output"), "session.audio.output.format") &&
           modalities_fit(u, js_get(session, "output_modalities"));
}

static void take_detection(struct realtime *rt, const struct js *d)
{
    const struct js *silence = js_get(d, "silence_duration_ms"),
                    *padding = js_get(d, "prefix_padding_ms"),
                    *creates = js_get(d, "create_response"),
                    *interrupts = js_get(d, "interrupt_response");
    if (!d)
        return;
    rt->vad = js_type(d) == JS_OBJECT;
    rt->silence_ms = silence ? (unsigned)js_int(silence) : SILENCE_MS;
    rt->padding_ms = padding ? (unsigned)js_int(padding) : PADDING_MS;
    rt->creates = !creates || js_true(creates);
    rt->interrupts = !interrupts || js_true(interrupts);
}

static void take_audio(struct realtime *rt, const struct js *audio)
{
    const struct js *in = js_get(audio, "input"), *out = js_get(audio, "output");
    rt->hears_ulaw |= js_get(in, "format") != NULL;
    rt->speaks_ulaw |= js_get(out, "format") != NULL;
    if (js_get(in, "transcription"))
        rt->transcribes = js_type(js_get(in, "transcription")) == JS_OBJECT;
    take_detection(rt, js_get(in, "turn_detection"));
    if (js_text(js_get(out, "voice")))
        set(&rt->voice, js_text(js_get(out, "voice")));
    if (js_get(out, "speed"))
        rt->speed = js_real(js_get(out, "speed"));
}

void session_update(struct realtime *rt, const struct js *event, const char *client_event)
{
    const struct js *session = js_get(event, "session"),
                    *list = js_get(session, "output_modalities");
    struct scope s;
    if (!acceptable(&(struct update){rt, client_event}, session))
        return;
    scope_init(&s, 1000);
    if (js_text(js_get(session, "instructions")))
        set(&rt->instructions, js_text(js_get(session, "instructions")));
    if (js_get(session, "tools"))
        set(&rt->tools, js_dump(&s, js_get(session, "tools")));
    if (list)
        rt->text_only = strcmp(js_text(js_at(list, 0)), "text") == 0;
    take_audio(rt, js_get(session, "audio"));
    scope_fini(&s);
    struct buf *b = event_begin(rt, "session.updated");
    buf_puts(b, ",\"session\":");
    session_put(rt, b);
    event_send(rt);
}
