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
#define RATE_MIN 8000
#define RATE_MAX 48000
#define WINDOW   2048 /* input samples that are filtered in one go */
#define LANES    8    /* of a sum: filters are filled up with zeros to a multiple of it */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

struct telephone {
    struct wav_format format;
    int taps, stride; /* of each filter, an even number; and filled up */
    float *filters;   /* PHASES + 1 of them */
    float *window;    /* the last input samples, newest last; at most WINDOW */
    int have;
    double at; /* where the next output sample lies, in samples of the window */
};

static float filter_tap(double x, double cutoff, double half)
{
    double sinc = x == 0 ? 2 * cutoff : sin(2 * M_PI * cutoff * x) / (M_PI * x);
    double hann = fabs(x) < half ? 0.5 + 0.5 * cos(M_PI * x / half) : 0;
    return (float)(sinc * hann);
}

static void make_filters(struct telephone *t)
{
    double half = t->taps / 2.0, cutoff = CUTOFF / t->format.rate;
    for (int p = 0; p <= PHASES; p++) {
        float *f = t->filters + p * t->stride, sum = 0;
        for (int i = 0; i < t->taps; i++)
            sum += f[i] = filter_tap(i - half + 1 - (double)p / PHASES, cutoff, half);
        for (int i = 0; i < t->taps; i++)
            f[i] /= sum;
    }
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
    t->taps = (int)(2 * LOBES * f->rate / TELEPHONE_RATE) & ~1;
    if (ulaw || f->rate == TELEPHONE_RATE)
        return t; /* nothing to filter */
    t->stride = (t->taps + LANES - 1) / LANES * LANES;
    t->filters = must(calloc((size_t)(PHASES + 1) * (size_t)t->stride, sizeof *t->filters));
    t->window = must(calloc(WINDOW + LANES, sizeof *t->window));
    t->have = t->taps / 2 - 1; /* silence before the first sample */
    t->at = t->have;
    make_filters(t);
    return t;
}

void telephone_destroy(struct telephone *t)
{
    if (!t)
        return;
    free(t->filters);
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

static uint8_t ulaw_of_float(float v)
{
    return ulaw_of((int)(v > 32767 ? 32767 : v < -32768 ? -32768 : v < 0 ? v - 0.5f : v + 0.5f));
}

static float sum_at(const struct telephone *t, double at)
{
    int base = (int)at, phase = (int)((at - base) * PHASES + 0.5);
    const float *f = t->filters + phase * t->stride, *x = t->window + base - t->taps / 2 + 1;
    lanes sum = {0}, a, b;
    for (int i = 0; i < t->stride; i += LANES) {
        memcpy(&a, f + i, sizeof a);
        memcpy(&b, x + i, sizeof b);
        sum += a * b;
    }
    return (sum[0] + sum[4]) + (sum[1] + sum[5]) + (sum[2] + sum[6]) + (sum[3] + sum[7]);
}

/* Every output sample whose neighbourhood is all there; then the window moves on. */
static void drain(struct telephone *t, struct buf *out)
{
    double step = (double)t->format.rate / TELEPHONE_RATE;
    uint8_t done[WINDOW];
    size_t n = 0;
    for (; (int)t->at + t->taps / 2 < t->have; t->at += step)
        done[n++] = ulaw_of_float(sum_at(t, t->at));
    buf_put(out, done, n);
    int drop = (int)t->at - t->taps / 2 + 1;
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

static float frame_at(const struct telephone *t, const char *p)
{
    return t->format.channels == 1 ? sample(p) : (sample(p) + sample(p + 2)) / 2.0f;
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
    else if (t->filters)
        filter(t, pcm, n / frame, ulaw);
    else
        for (size_t i = 0; i + frame <= n; i += frame)
            buf_putc(ulaw, (char)ulaw_of_float(frame_at(t, pcm + i)));
}

void telephone_end(struct telephone *t, struct buf *ulaw)
{
    if (t->filters)
        filter(t, NULL, (size_t)t->taps / 2, ulaw);
}
