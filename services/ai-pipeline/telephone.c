#include "telephone.h"
#include "base/die.h"
#include "voice/wav.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PHASES   32     /* positions between two input samples that have their own filter */
#define LOBES    8      /* of the sinc on each side: 8 output samples */
#define CUTOFF   3600.0 /* Hz */
#define UNITY    16384 /* a filter's sum: twice that, times the loudest sample, still fits 32 bits */
#define RATE_MIN 8000
#define RATE_MAX 48000
#define TAPS_MAX (2 * LOBES * RATE_MAX / TELEPHONE_RATE)
#define WINDOW   2048 /* input samples that are filtered in one go */
#define LANES    8    /* of a sum: filters are filled up with zeros to a multiple of it */

/* The filters of one rate: of whole numbers, because machines multiply twice as many of those at once. */
struct bank {
    int rate, refs;
    int taps, stride;  /* of each filter, an even number; and filled up */
    int16_t filters[]; /* PHASES + 1 of them */
};
static struct bank *newest; /* whoever speaks next does so at the same rate */

struct telephone {
    struct wav_format format;
    struct bank *bank; /* NULL: nothing to filter */
    int16_t *window;   /* the last input samples, newest last; at most WINDOW */
    int have;
    double at; /* where the next output sample lies, in samples of the window */
};

static double filter_tap(double x, double cutoff, double half)
{
    double sinc = x == 0 ? 2 * cutoff : sin(2 * M_PI * cutoff * x) / (M_PI * x);
    double hann = fabs(x) < half ? 0.5 + 0.5 * cos(M_PI * x / half) : 0;
    return sinc * hann;
}

static void make_filters(struct bank *b)
{
    double half = b->taps / 2.0, cutoff = CUTOFF / b->rate, tap[TAPS_MAX];
    for (int p = 0; p <= PHASES; p++) {
        double sum = 0;
        for (int i = 0; i < b->taps; i++)
            sum += tap[i] = filter_tap(i - half + 1 - (double)p / PHASES, cutoff, half);
        for (int i = 0; i < b->taps; i++)
            b->filters[p * b->stride + i] = (int16_t)lrint(tap[i] / sum * UNITY);
    }
}

static void bank_unref(struct bank *b)
{
    if (b && --b->refs == 0)
        free(b);
}

static struct bank *bank_make(int rate)
{
    int taps = 2 * LOBES * rate / TELEPHONE_RATE & ~1;
    int stride = (taps + LANES - 1) / LANES * LANES;
    size_t room = (size_t)(PHASES + 1) * (size_t)stride * sizeof(int16_t);
    struct bank *b = must(calloc(1, sizeof *b + room));
    *b = (struct bank){.rate = rate, .refs = 1, .taps = taps, .stride = stride};
    make_filters(b);
    return b;
}

static struct bank *bank_ref(int rate)
{
    if (!newest || newest->rate != rate) {
        bank_unref(newest);
        newest = bank_make(rate);
    }
    newest->refs++;
    return newest;
}

struct telephone *telephone_create(const struct wav_format *f)
{
    bool ulaw = f->codec == WAV_ULAW && f->channels == 1 && f->rate == TELEPHONE_RATE;
    bool pcm = f->codec == WAV_PCM && f->bits == 16 && f->channels >= 1 && f->channels <= 2 &&
               f->rate >= RATE_MIN && f->rate <= RATE_MAX;
    if (!ulaw && !pcm)
        return NULL;
    struct telephone *t = must(calloc(1, sizeof *t));
    t->format = *f;
    if (ulaw || f->rate == TELEPHONE_RATE)
        return t;
    t->bank = bank_ref((int)f->rate);
    t->window = must(calloc(WINDOW + LANES, sizeof *t->window));
    t->have = t->bank->taps / 2 - 1; /* silence before the first sample */
    t->at = t->have;
    return t;
}

void telephone_destroy(struct telephone *t)
{
    if (!t)
        return;
    bank_unref(t->bank);
    free(t->window);
    free(t);
}

/* G.711 */
static uint8_t ulaw_of(int pcm)
{
    int sign = pcm < 0 ? 0x80 : 0, level = (abs(pcm) > 32635 ? 32635 : abs(pcm)) + 0x84;
    int exponent = 24 - __builtin_clz((unsigned)level); /* of the highest bit, from 0x80 on */
    return (uint8_t) ~(sign | exponent << 4 | ((level >> (exponent + 3)) & 0x0f));
}

static int sum_at(const struct bank *b, const int16_t *window, double at)
{
    int base = (int)at, phase = (int)((at - base) * PHASES + 0.5), sum = 0;
    const int16_t *f = b->filters + phase * b->stride, *x = window + base - b->taps / 2 + 1;
    for (int i = 0; i < b->stride; i++)
        sum += f[i] * x[i];
    return sum / UNITY;
}

/* Every output sample whose neighbourhood is all there; then the window moves on. */
static void drain(struct telephone *t, struct buf *out)
{
    double step = (double)t->format.rate / TELEPHONE_RATE;
    int half = t->bank->taps / 2;
    uint8_t done[WINDOW];
    size_t n = 0;
    for (; (int)t->at + half < t->have; t->at += step)
        done[n++] = ulaw_of(sum_at(t->bank, t->window, t->at));
    buf_put(out, done, n);
    int drop = (int)t->at - half + 1;
    if (drop <= 0)
        return;
    if (drop > t->have)
        drop = t->have;
    memmove(t->window, t->window + drop, (size_t)(t->have - drop) * sizeof *t->window);
    t->have -= drop;
    t->at -= drop;
}

static int16_t sample(const char *p)
{
    return (int16_t)((uint8_t)p[0] | (uint16_t)(uint8_t)p[1] << 8);
}

static int16_t frame_at(const struct telephone *t, const char *p)
{
    return t->format.channels == 1 ? sample(p) : (int16_t)((sample(p) + sample(p + 2)) / 2);
}

static size_t room(const struct telephone *t)
{
    return (size_t)(WINDOW - t->have);
}

/* pcm NULL: silence. */
static void filter(struct telephone *t, const char *pcm, size_t frames, struct buf *ulaw)
{
    size_t frame = 2u * t->format.channels;
    while (frames) {
        size_t n = frames < room(t) ? frames : room(t);
        for (size_t i = 0; i < n; i++)
            t->window[t->have++] = pcm ? frame_at(t, pcm + i * frame) : 0;
        frames -= n;
        pcm += pcm ? n * frame : 0;
        drain(t, ulaw);
    }
}

void telephone_put(struct telephone *t, const char *pcm, size_t n, struct buf *ulaw)
{
    size_t frame = 2u * t->format.channels;
    if (t->format.codec == WAV_ULAW)
        buf_put(ulaw, pcm, n);
    else if (t->bank)
        filter(t, pcm, n / frame, ulaw);
    else
        for (size_t i = 0; i + frame <= n; i += frame)
            buf_putc(ulaw, (char)ulaw_of(frame_at(t, pcm + i)));
}

void telephone_end(struct telephone *t, struct buf *ulaw)
{
    if (t->bank)
        filter(t, NULL, (size_t)t->bank->taps / 2, ulaw);
}
