#include "script.h"
#include "base/buf.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_MAX    200
#define SILENT_TURNS 20 /* then even somebody who says nothing hangs up */
#define FILE_MAX     (64 * 1024)
#define ASIDES_MAX   20
#define PAUSE_MS     700

const char script_friendly[] =
    "{\"answer\":\"human\",\"ring_ms\":2500,\"hello\":\"Hello?\",\"say\":["
    "\"Yes, that's me. What is it about?\",\"That sounds interesting. How much is it?\","
    "\"Thank you, please call me again next week. Goodbye.\"]}";

static const char *const answers[] = {"human", "machine", "busy", "no-answer", "failed"};

static enum err read_answer(struct scope *s, const struct js *j, struct script *out)
{
    const char *text = js_text(js_get(j, "answer"));
    if (!text)
        return OK;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strcmp(text, answers[i]) == 0) {
            out->answer = (enum answer)i;
            return OK;
        }
    return fail(s, ERR_UNPROCESSABLE, NULL, "answer",
                "answer: one of human, machine, busy, no-answer, failed");
}

static enum err number(struct scope *s, const struct js *j, const char *key, unsigned *out)
{
    const struct js *v = js_get(j, key);
    if (!v)
        return OK;
    if (js_type(v) != JS_INT || js_int(v) < 0 || js_int(v) > 3600000)
        return fail(s, ERR_UNPROCESSABLE, NULL, key, "%s: a whole number from 0 to 3600000", key);
    *out = (unsigned)js_int(v);
    return OK;
}

#define PAUSE " ... "

/* "I want ... a house" is one text, said in two pieces. */
static void read_text(struct arena *a, const char *text, struct turn_script *t)
{
    size_t n = 1;
    struct buf joined = buf_in(a, strlen(text) + 1);
    for (const char *p = text; (p = strstr(p, PAUSE)); p += strlen(PAUSE))
        n++;
    t->pieces = arena_alloc(a, (n + 1) * sizeof *t->pieces);
    for (size_t i = 0; i < n; i++) {
        const char *end = strstr(text, PAUSE);
        t->pieces[i] = arena_strndup(a, text, end ? (size_t)(end - text) : strlen(text));
        buf_printf(&joined, "%s%s", i ? " " : "", t->pieces[i]);
        text = end ? end + strlen(PAUSE) : text;
    }
    t->text = joined.p;
}

static enum err read_aside(struct scope *s, struct arena *a, const struct js *j, struct aside *out)
{
    *out = (struct aside){.text = arena_strdup(a, js_text(js_get(j, "text"))),
                          .keys = arena_strdup(a, js_text(js_get(j, "keys"))),
                          .cough = js_true(js_get(j, "cough")),
                          .hang_up = js_true(js_get(j, "hang_up"))};
    if (!out->text && !out->keys && !out->cough && !out->hang_up)
        return fail(s, ERR_UNPROCESSABLE, NULL, "meanwhile",
                    "meanwhile: each with text, keys, cough or hang_up");
    return number(s, j, "after_ms", &out->after_ms);
}

static enum err read_asides(struct scope *s, struct arena *a, const struct js *list,
                            struct turn_script *t)
{
    if (list && js_type(list) != JS_ARRAY)
        return fail(s, ERR_UNPROCESSABLE, NULL, "meanwhile", "meanwhile: a list");
    if (js_count(list) > ASIDES_MAX)
        return fail(s, ERR_UNPROCESSABLE, NULL, "meanwhile", "meanwhile: at most %d", ASIDES_MAX);
    t->n_asides = js_count(list);
    t->asides = arena_alloc(a, (t->n_asides + 1) * sizeof *t->asides);
    for (size_t i = 0; i < t->n_asides; i++)
        TRY(read_aside(s, a, js_at(list, i), &t->asides[i]));
    return OK;
}

static enum err read_turn(struct scope *s, struct arena *a, const struct js *j,
                          struct turn_script *t)
{
    if (js_type(j) == JS_TEXT) {
        read_text(a, js_text(j), t);
        return OK;
    }
    if (js_type(j) != JS_OBJECT)
        return fail(s, ERR_UNPROCESSABLE, NULL, "say", "say: strings or objects");
    if (js_text(js_get(j, "text")))
        read_text(a, js_text(js_get(j, "text")), t);
    t->keys = arena_strdup(a, js_text(js_get(j, "keys")));
    if (js_get(j, "confidence"))
        t->confidence =
            js_type(js_get(j, "confidence")) == JS_NULL ? -1 : js_real(js_get(j, "confidence"));
    TRY(number(s, j, "think_ms", &t->think_ms));
    TRY(number(s, j, "interrupt_ms", &t->interrupt_ms));
    TRY(number(s, j, "pause_ms", &t->pause_ms));
    return read_asides(s, a, js_get(j, "meanwhile"), t);
}

static enum err read_turns(struct scope *s, struct arena *a, const struct js *j, struct script *out)
{
    const struct js *say = js_get(j, "say");
    const char *keys = js_text(js_get(j, "keys"));
    size_t n = js_count(say);
    if (say && js_type(say) != JS_ARRAY)
        return fail(s, ERR_UNPROCESSABLE, NULL, "say", "say: a list");
    if (n > TURNS_MAX)
        return fail(s, ERR_UNPROCESSABLE, NULL, "say", "say: at most %d turns", TURNS_MAX);
    const struct js *c = js_get(j, "confidence");
    double confidence = !c ? 0.93 : js_type(c) == JS_NULL ? -1 : js_real(c);
    out->n = js_true(js_get(j, "silence")) ? SILENT_TURNS : n + (keys != NULL);
    out->turns = arena_alloc(a, (out->n + 1) * sizeof *out->turns);
    for (size_t i = 0; i < out->n; i++)
        out->turns[i] = (struct turn_script){
            .confidence = confidence, .think_ms = out->think_ms, .pause_ms = PAUSE_MS};
    if (js_true(js_get(j, "silence")))
        return OK;
    if (keys)
        out->turns[0].keys = arena_strdup(a, keys);
    for (size_t i = 0; i < n; i++)
        TRY(read_turn(s, a, js_at(say, i), &out->turns[i + (keys != NULL)]));
    return OK;
}

static enum err noise(struct scope *s, const struct js *j, struct script *out)
{
    const struct js *v = js_get(j, "noise_db");
    if (!v)
        return OK;
    if (js_type(v) != JS_INT || js_int(v) < 1 || js_int(v) > 60)
        return fail(s, ERR_UNPROCESSABLE, NULL, "noise_db",
                    "noise_db: a whole number from 1 to 60");
    out->noise_db = (int)js_int(v);
    return OK;
}

enum err script_read(struct scope *s, struct arena *a, const struct js *j, struct script *out)
{
    if (js_type(j) != JS_OBJECT)
        return fail(s, ERR_UNPROCESSABLE, NULL, "script",
                    "script: an object or the name of a file");
    *out =
        (struct script){.ring_ms = 2500, .think_ms = 500, .talk_ms = 6000, .hang_up_delay_ms = 300};
    TRY(read_answer(s, j, out));
    out->hello = arena_strdup(a, js_text(js_get(j, "hello")));
    if (!out->hello && out->answer == ANSWER_MACHINE)
        out->hello =
            "Hi, I can't come to the phone right now. Please leave a message after the tone.";
    out->voice =
        js_text(js_get(j, "voice")) ? arena_strdup(a, js_text(js_get(j, "voice"))) : "caller-man";
    out->caller_name = arena_strdup(a, js_text(js_get(j, "name")));
    TRY(number(s, j, "ring_ms", &out->ring_ms));
    TRY(number(s, j, "think_ms", &out->think_ms));
    TRY(number(s, j, "talk_ms", &out->talk_ms));
    TRY(number(s, j, "hang_up_after", &out->hang_up_after));
    TRY(number(s, j, "hang_up_during", &out->hang_up_during));
    TRY(number(s, j, "hang_up_delay_ms", &out->hang_up_delay_ms));
    TRY(number(s, j, "jitter_ms", &out->jitter_ms));
    TRY(noise(s, j, out));
    return read_turns(s, a, j, out);
}

const char *script_file(struct scope *s, const char *folder, const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_')
            return NULL;
    FILE *f = fopen(arena_printf(s->arena, "%s/%s.json", folder, name), "re");
    if (!f)
        return NULL;
    char *text = arena_alloc(s->arena, FILE_MAX + 1);
    size_t n = fread(text, 1, FILE_MAX, f);
    text[n] = 0;
    fclose(f);
    return text;
}
