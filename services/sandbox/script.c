#include "script.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_MAX    200
#define SILENT_TURNS 20 /* then even somebody who says nothing hangs up */
#define FILE_MAX     (64 * 1024)

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

static enum err read_turn(struct scope *s, struct arena *a, const struct js *j,
                          struct turn_script *t)
{
    if (js_type(j) == JS_TEXT) {
        t->text = arena_strdup(a, js_text(j));
        return OK;
    }
    if (js_type(j) != JS_OBJECT)
        return fail(s, ERR_UNPROCESSABLE, NULL, "say", "say: strings or objects");
    t->text = arena_strdup(a, js_text(js_get(j, "text")));
    t->keys = arena_strdup(a, js_text(js_get(j, "keys")));
    if (js_get(j, "confidence"))
        t->confidence =
            js_type(js_get(j, "confidence")) == JS_NULL ? -1 : js_real(js_get(j, "confidence"));
    TRY(number(s, j, "think_ms", &t->think_ms));
    return number(s, j, "interrupt_ms", &t->interrupt_ms);
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
        out->turns[i] = (struct turn_script){.confidence = confidence, .think_ms = out->think_ms};
    if (js_true(js_get(j, "silence")))
        return OK;
    if (keys)
        out->turns[0].keys = arena_strdup(a, keys);
    for (size_t i = 0; i < n; i++)
        TRY(read_turn(s, a, js_at(say, i), &out->turns[i + (keys != NULL)]));
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
