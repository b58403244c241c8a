#include "hearing.h"
#include "base/die.h"
#include "base/log.h"
#include "base/scope.h"
#include "loop/task.h"
#include "provider.h"
#include "transcribe.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEAR_MS  7000
#define TEXT_MAX 4000 /* as of the network's own recognition */

struct hearing {
    unsigned serial;
    struct scope scope;
    const char *sid; /* of a recording, or */
    struct pack *pack;
    const char *language, *hints;
    bool running, dropped;
    hearing_h *told;
    void *arg;
};

static void destroy(struct hearing *h)
{
    pack_destroy(h->pack);
    scope_fini(&h->scope);
    free(h);
}

void hearing_drop(struct hearing *h)
{
    if (!h)
        return;
    h->dropped = true;
    if (h->running)
        scope_call_off(&h->scope);
    else
        destroy(h);
}

/* ---- its steps ---- */

/* What the server thinks of its words, by their lengths; only Whisper tells. */
static double confidence_of(const struct transcript *t)
{
    double sum = 0, ms = 0;
    for (size_t i = 0; i < t->n; i++) {
        double took = t->segments[i].end_ms - t->segments[i].start_ms + 1;
        if (t->segments[i].logprob == 0)
            return -1;
        sum += t->segments[i].logprob * took;
        ms += took;
    }
    return ms > 0 ? exp(fmin(0, sum / ms)) : -1;
}

static enum err await_words(struct hearing *h, const char **words, double *confidence)
{
    struct transcript heard;
    if (h->sid)
        return await_transcribe_turn(&h->scope, h->sid, h->language, h->hints, words);
    if (provider_open(ROLE_STT))
        return fail(&h->scope, ERR_BUSY, NULL, NULL, "transcription is down");
    TRY(await_transcribe_pack(&h->scope, h->pack, h->language, h->hints, &heard));
    *words = heard.text;
    *confidence = confidence_of(&heard);
    return OK;
}

static void tell(struct hearing *h, const char *words, double confidence)
{
    size_t n = words ? strnlen(words, TEXT_MAX) : 0;
    while (n == TEXT_MAX && n && ((unsigned char)words[n] & 0xc0) == 0x80)
        n--;
    struct understood *u = arena_alloc(h->scope.arena, sizeof *u + n + 1);
    *u = (struct understood){.serial = h->serial, .failed = !words, .confidence = confidence};
    u->n = sizeof *u + n + 1;
    memcpy(u->text, words ? words : "", n);
    h->told(h->arg, u);
}

static void await_hearing(void *arg)
{
    struct hearing *h = arg;
    const char *words = NULL;
    double confidence = -1;
    enum err e = h->dropped ? ERR_CLOSING : await_words(h, &words, &confidence);
    h->running = false;
    if (h->dropped) {
        destroy(h);
        return;
    }
    if (e)
        log_warn(&h->scope, "turn.not_transcribed", "error", err_name(e), "why",
                 h->scope.fault.message);
    tell(h, e ? NULL : words, confidence);
}

/* ---- public ---- */

unsigned hearing_serial(const struct hearing *h)
{
    return h->serial;
}

bool hearing_possible(void)
{
    return !provider_open(ROLE_STT);
}

static struct hearing *start(const char *sid, struct pack *pack, const char *language,
                             const char *hints, hearing_h *told, void *arg)
{
    static unsigned serial;
    struct hearing *h = must(calloc(1, sizeof *h));
    scope_init(&h->scope, HEAR_MS);
    h->serial = ++serial;
    h->sid = arena_strdup(h->scope.arena, sid);
    h->pack = pack;
    h->language = arena_strdup(h->scope.arena, language);
    h->hints = arena_strdup(h->scope.arena, hints);
    h->told = told;
    h->arg = arg;
    h->running = true;
    task_spawn("hearing", await_hearing, h);
    return h;
}

struct hearing *hearing_of_recording(const char *sid, const char *language, const char *hints,
                                     hearing_h *told, void *arg)
{
    return start(sid, NULL, language, hints, told, arg);
}

struct hearing *hearing_of_sound(struct pack *yours, const char *language, const char *hints,
                                 hearing_h *told, void *arg)
{
    return start(NULL, yours, language, hints, told, arg);
}
