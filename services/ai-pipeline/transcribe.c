#include "transcribe.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "loop/task.h"
#include "pipeline.h"
#include "provider.h"
#include "tape.h"
#include "words.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NO_SPEECH  0.6 /* both: the limits that Whisper itself goes by */
#define LOGPROB    (-1.0)
#define TURN_MAX_S 120
#define TURN_TEXT  4000
#define AGAIN_MS   250 /* until a recording that is not there yet is asked for again */
#define RETRY_MS   200

/* ---- what was never said ---- */

/* The closing lines of the films it learned from. Nobody says them on the telephone. */
static bool invented(struct arena *a, const char *text)
{
    static const char *const phrases[] = {
        "thanks for watching",
        "thank you for watching",
        "thank you so much for watching",
        "please subscribe",
        "like and subscribe",
        "dont forget to subscribe",
        "subtitles by",
        "captions by",
        "transcribed by",
        "untertitel",
        "vielen dank f\xc3\xbcrs zuschauen",
        "sous titres",
        "merci davoir regard\xc3\xa9",
        "subt\xc3\xadtulos",
        "gracias por ver",
        "sottotitoli",
        "amara org",
        "ondertiteling",
    };
    const char *words = words_plain(a, text);
    if (!*words)
        return true; /* dots, notes, brackets */
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (strncmp(words, phrases[i], strlen(phrases[i])) == 0)
            return true;
    bool aside = *text == '[' || *text == '(' || strncmp(text, "\xe2\x99\xaa", 3) == 0;
    size_t n = strlen(text);
    return aside &&
           (text[n - 1] == ']' || text[n - 1] == ')' || (unsigned char)text[n - 1] == 0xaa);
}

static bool doubtful(struct arena *a, const struct transcript_segment *g)
{
    return (g->no_speech > NO_SPEECH && g->logprob < LOGPROB) || invented(a, g->text);
}

static const char *trimmed(struct arena *a, const char *text)
{
    text += strspn(text, " \t\r\n");
    size_t n = strlen(text);
    while (n && strchr(" \t\r\n", text[n - 1]))
        n--;
    return arena_strndup(a, text, n);
}

static void keep(struct scope *s, const struct pack *p, const struct transcript *heard,
                 struct transcript *out)
{
    struct buf b = buf_in(s->arena, 2 * TURN_TEXT);
    struct transcript_segment whole = {0, pack_ms(p), heard->text, 0, 0};
    const struct transcript_segment *from = heard->n ? heard->segments : &whole;
    size_t n = heard->n ? heard->n : 1;
    out->segments = arena_alloc(s->arena, n * sizeof *out->segments);
    for (size_t i = 0; i < n; i++) {
        struct transcript_segment g = from[i];
        g.text = trimmed(s->arena, g.text);
        if (!*g.text)
            continue;
        if (doubtful(s->arena, &g)) {
            metric_add("va_transcribe_dropped_total", "", 1);
            continue;
        }
        g.start_ms = pack_time(p, g.start_ms);
        g.end_ms = pack_time(p, g.end_ms > from[i].start_ms ? g.end_ms - 1 : g.end_ms) + 1;
        out->segments[out->n++] = g;
        buf_printf(&b, "%s%s", b.n ? " " : "", g.text);
    }
    out->text = b.p;
}

/* ---- asking ---- */

static enum err await_ask(struct scope *s, const struct transcribe_ask *base,
                          struct transcript *out, struct openai_end *end)
{
    struct provider *p = provider_for(ROLE_STT);
    struct transcribe_ask ask = *base;
    uint64_t began = clock_ms();
    ask.model = p->model;
    ask.verbose = provider_hears_times(p);
    enum err e = await_transcribe(s, &p->at, &ask, out, end);
    provider_done(p, end, clock_ms() - began);
    return e;
}

enum err await_transcribe_pack(struct scope *s, const struct pack *p, const char *language,
                               const char *hints, struct transcript *out)
{
    struct transcribe_ask ask = {
        .wav = p->wav.p, .wav_n = p->wav.n, .language = language, .hints = hints};
    struct openai_end end;
    struct transcript heard;
    *out = (struct transcript){.text = ""};
    enum err e = await_ask(s, &ask, &heard, &end);
    unsigned after_s;
    if (e && provider_again(ROLE_STT, &end, &after_s) &&
        clock_left(s->deadline) > after_s * 1000 + 2 * RETRY_MS) {
        s->fault = (struct fault){0};
        await_sleep(after_s * 1000 + RETRY_MS);
        if (!clock_left(s->deadline))
            return fail(s, ERR_CLOSING, NULL, NULL, "called off");
        e = await_ask(s, &ask, &heard, &end);
    }
    if (e)
        return e;
    metric_add("va_transcribed_seconds_total", "", pack_ms(p) / 1000.0);
    keep(s, p, &heard, out);
    return OK;
}

bool transcribe_long_packs(void)
{
    return provider_hears_times(provider_likely(ROLE_STT));
}

/* ---- a turn ---- */

static enum err await_packs(struct scope *s, struct tape *t, const char *language,
                            const char *hints, struct buf *text)
{
    struct pack *p;
    for (;;) {
        TRY(await_tape(s, t, &p));
        if (!p)
            return OK;
        struct transcript heard;
        enum err e = await_transcribe_pack(s, p, language, hints, &heard);
        pack_destroy(p);
        TRY(e);
        if (*heard.text)
            buf_printf(text, "%s%s", text->n ? " " : "", heard.text);
    }
}

static enum err await_once(struct scope *s, const char *sid, const char *language,
                           const char *hints, const char **text)
{
    struct buf b = buf_in(s->arena, TURN_TEXT);
    struct tape *t;
    TRY(await_tape_open(s, &(struct recording_ask){.sid = sid, .mono = true}, true, TURN_MAX_S,
                        &t));
    TRY(await_packs(s, t, language, hints, &b));
    *text = b.p;
    return OK;
}

enum err await_transcribe_turn(struct scope *s, const char *sid, const char *language,
                               const char *hints, const char **text)
{
    *text = "";
    if (provider_open(ROLE_STT))
        return fail(s, ERR_BUSY, NULL, NULL, "transcription is down");
    enum err e = await_once(s, sid, language, hints, text);
    while (e == ERR_MISSING && clock_left(s->deadline) > 2 * AGAIN_MS) {
        s->fault = (struct fault){0};
        await_sleep(AGAIN_MS);
        e = await_once(s, sid, language, hints, text);
    }
    metric_add("va_turns_transcribed_total", e ? "result=\"error\"" : "result=\"ok\"", 1);
    return e;
}
