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
#define TAPS_MAX (2 * LOBES * RATE_MAX / TELEPHONE_RATE)

struct telephone {
    struct wav_format format;
    int taps;       /* of each filter, an even number */
    float *filters; /* PHASES + 1 of them */
    float *window;  /* the last input samples, newest last; at most 2 * taps */
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
        float *f = t->filters + p * t->taps, sum = 0;
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
    t->filters = must(calloc((size_t)(PHASES + 1) * (size_t)t->taps, sizeof *t->filters));
    t->window = must(calloc(2 * TAPS_MAX, sizeof *t->window));
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
    int sign = pcm < 0 ? 0x80 : 0, exponent = 7;
    pcm = abs(pcm) > 32635 ? 32635 : abs(pcm);
    pcm += 0x84;
    for (int mask = 0x4000; !(pcm & mask) && exponent > 0; mask >>= 1)
        exponent--;
    return (uint8_t) ~(sign | exponent << 4 | ((pcm >> (exponent + 3)) & 0x0f));
}

static void put_sample(struct buf *out, float v)
{
    buf_putc(out, (char)ulaw_of((int)lrintf(fmaxf(-32768, fminf(32767, v)))));
}

static float sum_at(const struct telephone *t, double at)
{
    int base = (int)at, phase = (int)((at - base) * PHASES + 0.5);
    const float *f = t->filters + phase * t->taps, *x = t->window + base - t->taps / 2 + 1;
    float sum = 0;
    for (int i = 0; i < t->taps; i++)
        sum += f[i] * x[i];
    return sum;
}

/* Every output sample whose neighbourhood is all there; then the window moves on. */
static void drain(struct telephone *t, struct buf *out)
{
    double step = (double)t->format.rate / TELEPHONE_RATE;
    for (; (int)t->at + t->taps / 2 < t->have; t->at += step)
        put_sample(out, sum_at(t, t->at));
    int drop = (int)t->at - t->taps / 2 + 1;
    if (drop <= 0 || t->have < 2 * t->taps - 1)
        return;
    if (drop > t->have)
        drop = t->have;
    memmove(t->window, t->window + drop, (size_t)(t->have - drop) * sizeof *t->window);
    t->have -= drop;
    t->at -= drop;
}

static void put_input(struct telephone *t, float v, struct buf *out)
{
    if (!t->filters) {
        put_sample(out, v);
        return;
    }
    t->window[t->have++] = v;
    drain(t, out);
}

static int16_t sample(const char *p)
{
    return (int16_t)((uint8_t)p[0] | (uint16_t)(uint8_t)p[1] << 8);
}

void telephone_put(struct telephone *t, const char *pcm, size_t n, struct buf *ulaw)
{
    if (t->format.codec == WAV_ULAW) {
        buf_put(ulaw, pcm, n);
        return;
    }
    size_t frame = 2u * t->format.channels;
    for (; n >= frame; n -= frame, pcm += frame)
        put_input(t, t->format.channels == 1 ? sample(pcm) : (sample(pcm) + sample(pcm + 2)) / 2.0f,
                  ulaw);
}

void telephone_end(struct telephone *t, struct buf *ulaw)
{
    for (int i = 0; t->filters && i < t->taps / 2; i++)
        put_input(t, 0, ulaw);
}
