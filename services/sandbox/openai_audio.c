/* OpenAI's speech (real, by espeak-ng) and transcriptions (of what the sandbox said itself). */
#include "api.h"
#include "base/buf.h"
#include "loop/task.h"
#include "memory.h"
#include "multipart.h"
#include "sandbox.h"
#include "speech.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define INPUT_MAX    4096
#define PIECE        4801 /* bytes per chunk: odd, so that samples are cut in half as on the real wire */
#define PARTS_MAX    32
#define SEGMENTS_MAX 128

static enum err invalid(struct req *r, const char *param, const char *message)
{
    return openai_error(r, 400, "invalid_request_error", param, NULL, message);
}

static void drop_clip(void *c)
{
    clip_drop(c);
}

/* --- speech --- */

struct saying {
    const char *input, *voice, *format;
    double speed;
};

static enum err read_saying(struct req *r, struct saying *s, const char **wrong, const char **param)
{
    struct js *j;
    if (js_parse(&r->scope, r->body, r->body_n, &j) || js_type(j) != JS_OBJECT)
        return *wrong = "We could not parse the JSON body of your request.", *param = NULL,
               ERR_INVALID;
    const struct js *voice = js_get(j, "voice"), *speed = js_get(j, "speed");
    *s = (struct saying){js_text(js_get(j, "input")), js_text(voice),
                         js_text(js_get(j, "response_format")), 1.0};
    if (js_type(voice) == JS_OBJECT)
        s->voice = js_text(js_get(voice, "id"));
    s->speed = speed ? js_real(speed) : 1.0;
    *param = !js_text(js_get(j, "model")) ? "model"
             : !s->input || !*s->input    ? "input"
             : !s->voice                  ? "voice"
                                          : NULL;
    if (*param)
        return *wrong = arena_printf(r->scope.arena, "Missing required parameter: '%s'.", *param),
               ERR_INVALID;
    if (strlen(s->input) > INPUT_MAX)
        return *wrong = "String should have at most 4096 characters", *param = "input", ERR_INVALID;
    if (s->speed < 0.25 || s->speed > 4)
        return *wrong = "speed must be from 0.25 to 4.0", *param = "speed", ERR_INVALID;
    return OK;
}

static enum err await_audio(struct req *r, const char *type, const struct clip *c, bool header)
{
    const struct fault_rule *f = &VISIT(r)->fault;
    const char *p = (const char *)c->pcm;
    size_t n = c->n * 2;
    uint8_t head[44];
    wav_header(head, c->rate, 1, SIZE_MAX);
    TRY(req_stream(r, 200, type, -1));
    if (header)
        TRY(await_req_write(r, head, sizeof head));
    for (size_t at = 0; at < n; at += PIECE) {
        if (at >= n / 2 && f->kind == FAULT_HALF_BODY)
            return await_cut_short();
        TRY(await_req_write(r, p + at, n - at < PIECE ? n - at : PIECE));
        unsigned piece_ms = PIECE / 2 * 1000 / (unsigned)c->rate;
        unsigned wait =
            f->kind == FAULT_DRIP ? f->ms : piece_ms * (unsigned)latency.speech_per_second / 1000;
        if (wait)
            await_sleep(wait);
    }
    return OK;
}

enum err speech_create(struct req *r)
{
    struct saying s;
    const char *wrong = NULL, *param = NULL;
    if (read_saying(r, &s, &wrong, &param))
        return invalid(r, param, wrong);
    bool pcm = s.format && strcmp(s.format, "pcm") == 0;
    if (!pcm && (!s.format || strcmp(s.format, "wav") != 0))
        return invalid(r, "response_format",
                       "The sandbox makes wav and pcm only; ask for one of them.");
    struct clip *c = await_speech(s.voice, s.speed, s.input);
    arena_defer(r->scope.arena, drop_clip, c);
    if (latency.speech_first_byte)
        await_sleep((uint64_t)latency.speech_first_byte);
    enum fault_kind k = VISIT(r)->fault.kind;
    const char *body = VISIT(r)->fault.body;
    if (k == FAULT_GARBAGE && body)
        return req_reply_bytes(r, 200, *body == '<' ? "text/html" : "audio/wav", body,
                               strlen(body));
    if (k == FAULT_GARBAGE || k == FAULT_ACCEPT_HANG || k == FAULT_CLOSE_AFTER || k == FAULT_RESET)
        return answer_bytes(r, 200, "audio/wav", "", 0);
    return await_audio(r, pcm ? "audio/pcm" : "audio/wav", c, !pcm);
}

/* --- transcriptions --- */

struct hearing {
    struct heard heard[SEGMENTS_MAX];
    size_t n;
    unsigned ms;
    const char *text;
};

/* Sounds that nobody made here are left out of the text, as silence would be. */
static void understand(struct req *r, const struct clip *c, struct hearing *h)
{
    struct buf b = buf_in(r->scope.arena, 64 * 1024);
    h->n = memory_recall(r->scope.arena, c, h->heard, SEGMENTS_MAX);
    h->ms = clip_ms(c);
    for (size_t i = 0; i < h->n; i++)
        if (h->heard[i].text)
            buf_printf(&b, "%s%s", b.n ? " " : "", h->heard[i].text);
    h->text = b.p;
}

static struct js *segments_js(struct req *r, const struct hearing *h)
{
    struct js *list = js_array(&r->scope);
    int id = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (!h->heard[i].text)
            continue;
        struct js *s = js_object(&r->scope);
        js_set_int(s, "id", id++);
        js_set_int(s, "seek", 0);
        js_set_real(s, "start", h->heard[i].start_ms / 1000.0);
        js_set_real(s, "end", h->heard[i].end_ms / 1000.0);
        js_set_text(s, "text", h->heard[i].text);
        js_set(s, "tokens", js_array(&r->scope));
        js_set_real(s, "temperature", 0.0);
        js_set_real(s, "avg_logprob", -0.2);
        js_set_real(s, "compression_ratio", 1.2);
        js_set_real(s, "no_speech_prob", 0.01);
        js_push(list, s);
    }
    return list;
}

static enum err reply_json(struct req *r, const struct hearing *h, bool verbose)
{
    struct js *j = js_object(&r->scope), *usage = js_object(&r->scope);
    if (verbose) {
        js_set_text(j, "task", "transcribe");
        js_set_text(j, "language", "english");
        js_set_real(j, "duration", h->ms / 1000.0);
    }
    js_set_text(j, "text", h->text);
    if (verbose)
        js_set(j, "segments", segments_js(r, h));
    js_set_text(usage, "type", "duration");
    js_set_int(usage, "seconds", (h->ms + 999) / 1000);
    js_set(j, "usage", usage);
    return answer_js(r, 200, j);
}

static const char *field(struct req *r, const struct part *parts, int n, const char *name)
{
    const struct part *p = multipart_get(parts, n, name);
    return p && p->n < 1000 ? arena_strndup(r->scope.arena, p->data, p->n) : NULL;
}

static bool known_extension(const char *filename)
{
    const char *dot = filename ? strrchr(filename, '.') : NULL;
    return dot && strcasestr(".flac.mp3.mp4.mpeg.mpga.m4a.ogg.wav.webm", dot);
}

enum err transcriptions_create(struct req *r)
{
    struct part parts[PARTS_MAX];
    int n = multipart_parse(r->scope.arena, req_header(r, "Content-Type"), r->body, r->body_n,
                            parts, PARTS_MAX);
    if (n < 0)
        return invalid(r, NULL, "Could not parse multipart form");
    const struct part *file = multipart_get(parts, n, "file");
    const char *model = field(r, parts, n, "model"),
               *format = field(r, parts, n, "response_format");
    if (!file || !model)
        return invalid(r, file ? "model" : "file",
                       file ? "you must provide a model parameter" : "file is required");
    if (!known_extension(file->filename))
        return invalid(r, "file",
                       "Unrecognized file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', "
                       "'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']");
    format = format ? format : "json";
    bool verbose = strcmp(format, "verbose_json") == 0, text = strcmp(format, "text") == 0;
    if (!text && !verbose && strcmp(format, "json") != 0)
        return invalid(r, "response_format", "The sandbox knows json, text and verbose_json.");
    if (strncmp(model, "gpt-4o", 6) == 0 && strcmp(format, "json") != 0)
        return invalid(r, "response_format",
                       "response_format is not compatible with this model. Use 'json' instead.");
    struct clip *c = clip_from_wav(file->data, file->n);
    if (!c)
        return invalid(r, "file", "Invalid file format. The sandbox reads WAV only.");
    arena_defer(r->scope.arena, drop_clip, c);
    struct hearing *h = arena_alloc(r->scope.arena, sizeof *h);
    understand(r, c, h);
    if (latency.transcription)
        await_sleep((uint64_t)latency.transcription);
    if (text)
        return answer_bytes(r, 200, "text/plain; charset=utf-8", h->text, strlen(h->text));
    return reply_json(r, h, verbose);
}
