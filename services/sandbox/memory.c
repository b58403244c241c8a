#include "memory.h"
#include "base/die.h"
#include "base/list.h"
#include "io/crypto.h"
#include "spectrum.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRINTS_MAX 2000
#define RATE       8000 /* everything is compared at the telephone's rate */
#define FRAME      80   /* 10 ms */
#define QUIET      90   /* mean level of a silent frame */
#define GAP        30   /* frames of silence that end an unknown sound */
#define SHORTEST   8    /* frames; less is no utterance */
#define FIRST_LOOK 60   /* frames compared before the whole is */
#define ALIKE      0.93
#define SHIFT      4    /* frames an onset may be off after filtering */
#define WHOLE      0.9  /* of an utterance: then nobody misses the rest */
#define SURE       0.93 /* nothing else can be meant */
#define WINDOW     500  /* frames of a spectrum looked through at once */
#define SPLITS_MAX 8

struct print {
    struct list link; /* most recently used first */
    uint8_t hash[SHA256_SIZE];
    char *text;
    struct words words;
    struct spectrum spectrum; /* of all of it */
    size_t n;                 /* frames from the first sound to the last */
    float level[];
};
struct shape {
    size_t n;
    float *level;
};

static struct list prints = {&prints, &prints};
static size_t count;

static void forget(struct print *p)
{
    list_remove(&p->link);
    spectrum_free(&p->spectrum);
    free(p->words.list);
    free(p->text);
    free(p);
    count--;
}

void memory_close(void)
{
    struct print *p;
    while ((p = LIST_FIRST(&prints, struct print, link)))
        forget(p);
}

static void hash_of(const struct clip *c, uint8_t out[SHA256_SIZE])
{
    sha256(c->pcm, c->n * sizeof *c->pcm, out);
}

/* Over three frames: a sound cut at other places than when it was learnt keeps its shape. */
static void smooth(struct shape *s)
{
    float before = 0;
    for (size_t i = 0; i < s->n; i++) {
        float here = s->level[i], after = i + 1 < s->n ? s->level[i + 1] : 0;
        s->level[i] = (before + 2 * here + after) / 4;
        before = here;
    }
}

/* Loudness per 10 ms below about 1 kHz (a mean over 8 samples), which every telephone codec keeps. */
static struct shape shape_of(const struct clip *c)
{
    struct clip *phone = clip_resample(c, RATE);
    struct shape s = {.n = phone->n / FRAME};
    s.level = must(calloc(s.n + 1, sizeof *s.level));
    long window = 0;
    for (size_t i = 0; i < s.n * FRAME; i++) {
        window += phone->pcm[i];
        if (i >= 8)
            window -= phone->pcm[i - 8];
        s.level[i / FRAME] += (float)labs(window) / 8 / FRAME;
    }
    clip_drop(phone);
    smooth(&s);
    return s;
}

static size_t skip_silence(const struct shape *s, size_t at)
{
    while (at < s->n && s->level[at] < QUIET)
        at++;
    return at;
}

static size_t sound_end(const struct shape *s)
{
    size_t n = s->n;
    while (n && s->level[n - 1] < QUIET)
        n--;
    return n;
}

/* Pearson's correlation of two loudness curves. */
static double likeness(const float *a, const float *b, size_t n)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (size_t i = 0; i < n; i++) {
        double x = a[i], y = b[i];
        sa += x, sb += y, saa += x * x, sbb += y * y, sab += x * y;
    }
    double d = (saa - sa * sa / (double)n) * (sbb - sb * sb / (double)n);
    return d > 0 ? (sab - sa * sb / (double)n) / sqrt(d) : 0;
}

static double likeness_at(const struct print *p, const struct shape *s, size_t at, size_t frames)
{
    double best = 0;
    for (long shift = -SHIFT; shift <= SHIFT; shift++) {
        long from = (long)at + shift;
        if (from < 0 || (size_t)from + frames > s->n + SHIFT)
            continue;
        size_t n = (size_t)from + frames > s->n ? s->n - (size_t)from : frames;
        if (n < SHORTEST)
            continue;
        double l = likeness(p->level, s->level + from, n);
        best = l > best ? l : best;
    }
    return best;
}

/* The longest remembered utterance that starts here. */
static struct print *find(const struct shape *s, size_t at)
{
    struct print *p, *best = NULL;
    LIST_EACH(p, &prints, struct print, link) {
        if (best && p->n <= best->n)
            continue;
        size_t look = p->n < FIRST_LOOK ? p->n : FIRST_LOOK;
        if (likeness_at(p, s, at, look) > 0.8 && likeness_at(p, s, at, p->n) > ALIKE)
            best = p;
    }
    return best;
}

static struct print *find_exact(const struct clip *c)
{
    uint8_t hash[SHA256_SIZE];
    hash_of(c, hash);
    struct print *p;
    LIST_EACH(p, &prints, struct print, link)
        if (memcmp(p->hash, hash, sizeof hash) == 0)
            return p;
    return NULL;
}

static void touch(struct print *p)
{
    list_remove(&p->link);
    list_prepend(&prints, &p->link);
}

static struct words copy_of(const struct words *w)
{
    struct words copy = {.n = w->n};
    if (w->n) {
        copy.list = must(malloc(w->n * sizeof *w->list));
        memcpy(copy.list, w->list, w->n * sizeof *w->list);
    }
    return copy;
}

void memory_learn(const struct clip *c, const char *text, const struct words *words)
{
    struct print *known = find_exact(c);
    if (known) {
        touch(known);
        return;
    }
    struct shape s = shape_of(c);
    size_t start = skip_silence(&s, 0), end = sound_end(&s);
    if (end >= start + SHORTEST) {
        struct print *p = must(calloc(1, sizeof *p + (end - start) * sizeof(float)));
        hash_of(c, p->hash);
        p->text = must(strdup(text));
        p->words = copy_of(words);
        p->spectrum = spectrum_of(c);
        p->n = end - start;
        memcpy(p->level, s.level + start, p->n * sizeof(float));
        list_prepend(&prints, &p->link);
        count++;
    }
    free(s.level);
    if (count > PRINTS_MAX)
        forget(LIST_OF(prints.prev, struct print, link));
}

/* To the next pause, or to where something known starts. */
static size_t unknown_end(const struct shape *s, size_t at)
{
    size_t quiet = 0;
    for (; at < s->n && quiet < GAP; at++)
        quiet = s->level[at] < QUIET ? quiet + 1 : 0;
    return at - quiet;
}

/* --- a part of an utterance, or one in noise --- */

struct recall {
    struct arena *arena;
    const struct spectrum *heard;
    struct heard *out;
    size_t n, max;
};

/* The words of which more than half was heard. */
static const char *words_between(struct arena *a, const struct print *p, unsigned from, unsigned to)
{
    size_t first = SIZE_MAX, end = 0, n = strlen(p->text);
    for (size_t i = 0; i < p->words.n; i++) {
        const struct word *w = &p->words.list[i];
        bool last = i + 1 == p->words.n;
        unsigned until = last ? (unsigned)p->spectrum.n * SPECTRUM_MS : w[1].at_ms;
        unsigned middle = (w->at_ms + until) / 2;
        if (middle < from || middle > to)
            continue;
        first = first == SIZE_MAX ? w->at : first;
        end = last ? n : w[1].at;
    }
    if (first == SIZE_MAX || end <= first)
        return NULL;
    while (end > first && p->text[end - 1] == ' ')
        end--;
    return arena_strndup(a, p->text + first, end - first);
}

static struct print *best_place(const struct spectrum *heard, size_t from, size_t to,
                                struct place *best)
{
    struct print *p, *found = NULL;
    struct window *w = window_create(heard, from, to);
    *best = (struct place){0};
    LIST_EACH(p, &prints, struct print, link) {
        struct place here = spectrum_find(&p->spectrum, w);
        if (here.certain <= best->certain)
            continue;
        *best = here;
        found = p;
        if (here.likeness > SURE && here.to - here.from > (to - from) / 2)
            break;
    }
    window_destroy(w);
    return found;
}

static void note_place(struct recall *r, struct print *p, const struct place *place)
{
    unsigned start = (unsigned)((long)place->from - place->at) * SPECTRUM_MS,
             ms = (unsigned)(place->to - place->from) * SPECTRUM_MS;
    bool whole = ms >= WHOLE * (double)p->n * 10;
    const char *text =
        whole ? arena_strdup(r->arena, p->text) : words_between(r->arena, p, start, start + ms);
    touch(p);
    if (text && r->n < r->max)
        r->out[r->n++] = (struct heard){(unsigned)place->from * SPECTRUM_MS,
                                        (unsigned)place->to * SPECTRUM_MS, text, whole};
}

/* What is known in these frames, in order. -> the end of the last, or from: nothing is. */
static size_t explain(struct recall *r, size_t from, size_t to, int splits)
{
    struct place best;
    struct print *p = splits ? best_place(r->heard, from, to, &best) : NULL;
    if (!p)
        return from;
    explain(r, from, best.from, splits - 1);
    note_place(r, p, &best);
    size_t end = explain(r, best.to, to, splits - 1);
    return end > best.to ? end : best.to;
}

static void explain_all(struct recall *r, unsigned from_ms, unsigned to_ms)
{
    size_t at = from_ms / SPECTRUM_MS, end = to_ms / SPECTRUM_MS;
    end = end < r->heard->n ? end : r->heard->n;
    while (at < end) {
        size_t to = end - at > WINDOW ? at + WINDOW : end, known = explain(r, at, to, SPLITS_MAX);
        at = known > at && to < end ? known : to;
    }
}

/* --- all together --- */

static void recall_unknown(struct recall *r, unsigned from_ms, unsigned to_ms)
{
    size_t before = r->n;
    explain_all(r, from_ms, to_ms);
    if (r->n == before && to_ms - from_ms >= SHORTEST * 10)
        r->out[r->n++] = (struct heard){from_ms, to_ms, NULL, false};
}

static void recall_shape(struct recall *r, const struct shape *s)
{
    for (size_t at = skip_silence(s, 0); at < s->n && r->n < r->max; at = skip_silence(s, at)) {
        struct print *p = find(s, at);
        size_t end = p ? at + p->n : unknown_end(s, at);
        if (end > s->n)
            end = s->n;
        unsigned from_ms = (unsigned)at * 10, to_ms = (unsigned)end * 10;
        if (p) {
            r->out[r->n++] = (struct heard){from_ms, to_ms, arena_strdup(r->arena, p->text), true};
            touch(p);
        } else {
            recall_unknown(r, from_ms, to_ms);
        }
        at = end > at ? end : at + 1;
    }
}

size_t memory_recall(struct arena *a, const struct clip *c, struct heard *out, size_t max)
{
    struct print *exact = find_exact(c);
    if (exact && max) {
        touch(exact);
        out[0] = (struct heard){0, clip_ms(c), arena_strdup(a, exact->text), true};
        return 1;
    }
    struct shape s = shape_of(c);
    struct spectrum spectrum = spectrum_of(c);
    struct recall r = {.arena = a, .heard = &spectrum, .out = out, .max = max};
    recall_shape(&r, &s);
    spectrum_free(&spectrum);
    free(s.level);
    return r.n;
}

const char *memory_text(struct arena *a, const struct clip *c)
{
    struct heard heard[64];
    size_t n = memory_recall(a, c, heard, 64);
    struct buf b = buf_in(a, 64 * 1024);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_putc(&b, ' ');
        if (!heard[i].text)
            buf_printf(&b, "(audio, %.1f s)", (heard[i].end_ms - heard[i].start_ms) / 1000.0);
        else
            buf_printf(&b, "%s%s", heard[i].text, heard[i].whole ? "" : " --");
    }
    if (!n)
        buf_printf(&b, "(silence, %.1f s)", clip_ms(c) / 1000.0);
    return b.p;
}
