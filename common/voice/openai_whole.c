#include "io/crypto.h"
#include "io/js.h"
#include "voice/openai_impl.h"
#include <stdio.h>
#include <string.h>

#define ANSWER_MAX   (512u << 10)
#define FIELDS_MAX   65536 /* all of a form but the sound */
#define TEXT_MAX     32768 /* of one transcription; more is no speech */
#define SEGMENTS_MAX 2000
#define HINTS_MAX    600 /* characters; whisper reads no more than 224 tokens */
#define MODELS_MAX   5000

/* ---- one whole answer ---- */

static enum err fail_with(struct scope *s, struct openai_end *end, enum err e, const char *message)
{
    end->err = e;
    if (message)
        snprintf(end->message, sizeof end->message, "%s", message);
    return fail(s, e, *end->code ? end->code : NULL, NULL, "openai: %s", end->message);
}

/* Any status but 200 becomes the error it means. */
static enum err await_answer(struct scope *s, const struct http_ask *http, struct js **out,
                             struct openai_end *end)
{
    struct http_answer ans;
    *end = (struct openai_end){.finish = ""};
    enum err e = await_http(s, http, &ans);
    if (e)
        return fail_with(s, end, e, err_code(e));
    end->retry_after_s = ans.retry_after_s;
    end->status = ans.status;
    if (ans.status != 200) {
        openai_read_error(ans.status, ans.body, ans.n, end);
        return fail_with(s, end, end->err, NULL);
    }
    if (js_parse(s, ans.body, ans.n, out) != OK || js_type(*out) != JS_OBJECT) {
        s->fault = (struct fault){0};
        return fail_with(s, end, ERR_UPSTREAM, "the answer is no JSON object");
    }
    enum js_type error = js_type(js_get(*out, "error"));
    if (error != JS_NONE && error != JS_NULL) {
        openai_read_error(500, ans.body, ans.n, end); /* with a 200: it happens */
        return fail_with(s, end, end->err, NULL);
    }
    return OK;
}

/* ---- chat ---- */

enum err await_chat(struct scope *s, const struct openai *ai, const struct chat_ask *ask,
                    const char **text, struct openai_end *end)
{
    struct http_ask http =
        openai_request(s, ai, "/chat/completions", openai_chat_body(s, ai, ask, false));
    struct js *j;
    http.total_ms = ask->total_ms;
    http.max_answer = ANSWER_MAX;
    TRY(await_answer(s, &http, &j, end));
    const struct js *choice = js_at(js_get(j, "choices"), 0), *usage = js_get(j, "usage");
    const char *finish = js_text(js_get(choice, "finish_reason"));
    end->finish = finish ? finish : "";
    end->prompt_tokens = js_int(js_get(usage, "prompt_tokens"));
    end->completion_tokens = js_int(js_get(usage, "completion_tokens"));
    *text = js_text(js_get(js_get(choice, "message"), "content"));
    return *text && **text ? OK : fail_with(s, end, ERR_UPSTREAM, "the answer has no text");
}

/* ---- transcription ---- */

static void put_field(struct buf *b, const char *boundary, const char *name, const char *value)
{
    if (value && *value)
        buf_printf(b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", boundary,
                   name, value);
}

/* ISO-639-1: "en-US" is refused. */
static const char *language_of(struct scope *s, const char *language)
{
    size_t n = language ? strcspn(language, "-_") : 0;
    return n == 2 ? arena_strndup(s->arena, language, n) : NULL;
}

static const char *shortened(struct scope *s, const char *hints)
{
    size_t n = hints ? strlen(hints) : 0;
    if (n > HINTS_MAX)
        for (n = HINTS_MAX; n && ((unsigned char)hints[n] & 0xc0) == 0x80;)
            n--;
    return n ? arena_strndup(s->arena, hints, n) : NULL;
}

static void put_form(struct scope *s, struct buf *b, const char *boundary,
                     const struct transcribe_ask *ask)
{
    put_field(b, boundary, "model", ask->model);
    put_field(b, boundary, "response_format", ask->verbose ? "verbose_json" : "json");
    put_field(b, boundary, "language", language_of(s, ask->language));
    put_field(b, boundary, "prompt", shortened(s, ask->hints));
    buf_printf(b,
               "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\n"
               "Content-Type: audio/wav\r\n\r\n",
               boundary);
    buf_put(b, ask->wav, ask->wav_n);
    buf_printf(b, "\r\n--%s--\r\n", boundary);
}

static int ms_of(const struct js *seconds)
{
    double s = js_real(seconds);
    return s > 0 && s < 86400 ? (int)(s * 1000 + 0.5) : 0;
}

static void read_segments(struct scope *s, const struct js *list, struct transcript *out)
{
    size_t n = js_type(list) == JS_ARRAY ? js_count(list) : 0;
    if (n > SEGMENTS_MAX)
        n = SEGMENTS_MAX;
    out->segments = arena_alloc(s->arena, (n + 1) * sizeof *out->segments);
    for (size_t i = 0; i < n; i++) {
        const struct js *j = js_at(list, i);
        const char *text = js_text(js_get(j, "text"));
        if (!text || !*text)
            continue;
        out->segments[out->n++] = (struct transcript_segment){
            ms_of(js_get(j, "start")),
            ms_of(js_get(j, "end")),
            text,
            js_real(js_get(j, "no_speech_prob")),
            js_real(js_get(j, "avg_logprob")),
        };
    }
}

enum err await_transcribe(struct scope *s, const struct openai *ai,
                          const struct transcribe_ask *ask, struct transcript *out,
                          struct openai_end *end)
{
    uint8_t random[16];
    char boundary[2 * sizeof random + 1];
    struct buf body = BUF(TRANSCRIBE_MAX + FIELDS_MAX);
    struct js *j;
    *out = (struct transcript){.text = ""};
    *end = (struct openai_end){.finish = ""};
    if (ask->wav_n > TRANSCRIBE_MAX)
        return fail_with(s, end, ERR_TOO_BIG, "more than 25 MB of sound");
    random_bytes(random, sizeof random);
    hex_encode(random, sizeof random, boundary);
    put_form(s, &body, boundary, ask);
    struct http_ask http = openai_request(s, ai, "/audio/transcriptions", NULL);
    http.type = arena_printf(s->arena, "multipart/form-data; boundary=%s", boundary);
    http.body = body.p;
    http.body_n = body.n;
    http.max_answer = ANSWER_MAX;
    enum err e = await_answer(s, &http, &j, end);
    buf_free(&body);
    if (e)
        return e;
    out->text = js_text(js_get(j, "text"));
    if (!out->text)
        return fail_with(s, end, ERR_UPSTREAM, "the answer has no text");
    if (strlen(out->text) > TEXT_MAX)
        return fail_with(s, end, ERR_UPSTREAM, "more text than anybody speaks");
    read_segments(s, js_get(j, "segments"), out);
    return OK;
}

/* ---- models ---- */

enum err await_models(struct scope *s, const struct openai *ai, const char *model, size_t *known,
                      struct openai_end *end)
{
    struct http_ask http = openai_request(s, ai, "/models", NULL);
    struct js *j;
    *known = 0;
    http.method = "GET";
    http.type = NULL;
    http.max_answer = ANSWER_MAX;
    TRY(await_answer(s, &http, &j, end));
    const struct js *list = js_get(j, "data");
    size_t n = js_type(list) == JS_ARRAY ? js_count(list) : 0;
    *known = n;
    for (size_t i = 0; i < n && i < MODELS_MAX; i++) {
        const char *id = js_text(js_get(js_at(list, i), "id"));
        if (id && strcmp(id, model) == 0)
            return OK;
    }
    return fail_with(s, end, ERR_MISSING, "the model is not on the server's list");
}
