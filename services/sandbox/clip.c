#include "clip.h"
#include "base/die.h"
#include "mulaw.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WAV_PCM        1
#define WAV_MULAW      7
#define WAV_EXTENSIBLE 0xFFFE

struct clip *clip_create(int rate, size_t samples)
{
    struct clip *c = must(calloc(1, sizeof *c + samples * sizeof(int16_t)));
    c->refs = 1;
    c->rate = rate;
    c->n = samples;
    return c;
}

struct clip *clip_ref(struct clip *c)
{
    c->refs++;
    return c;
}

void clip_drop(struct clip *c)
{
    if (!c)
        return;
    CHECK(c->refs > 0);
    if (--c->refs == 0)
        free(c);
}

unsigned clip_ms(const struct clip *c)
{
    return (unsigned)(c->n * 1000 / (size_t)c->rate);
}

/* Mean over the span that one new sample stands for (a crude low-pass), linear when going up. */
static int16_t sample_at(const struct clip *c, double from, double step)
{
    if (step > 1) {
        size_t a = (size_t)from, b = (size_t)(from + step);
        long sum = 0, n = 0;
        for (size_t i = a; i < b && i < c->n; i++, n++)
            sum += c->pcm[i];
        return (int16_t)(n ? sum / n : 0);
    }
    size_t i = (size_t)from;
    double part = from - (double)i;
    int16_t next = i + 1 < c->n ? c->pcm[i + 1] : c->pcm[i];
    return (int16_t)lrint(c->pcm[i] * (1 - part) + next * part);
}

struct clip *clip_resample(const struct clip *c, int rate)
{
    struct clip *out = clip_create(rate, (size_t)((double)c->n * rate / c->rate));
    double step = (double)c->rate / rate;
    for (size_t i = 0; i < out->n; i++)
        out->pcm[i] = sample_at(c, (double)i * step, step);
    return out;
}

static unsigned u16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

struct format {
    unsigned code, channels, bits;
    int rate;
};

static int sample_of(const struct format *f, const uint8_t *p)
{
    if (f->code == WAV_MULAW)
        return mulaw_decode(*p);
    return f->bits == 8 ? (*p - 128) * 256 : (int16_t)u16(p);
}

static struct clip *decode(const struct format *f, const uint8_t *p, size_t n)
{
    size_t width = f->bits / 8, frame = width * f->channels;
    struct clip *c = clip_create(f->rate, n / frame);
    for (size_t i = 0; i < c->n; i++) {
        int sum = 0;
        for (size_t ch = 0; ch < f->channels; ch++)
            sum += sample_of(f, p + i * frame + ch * width);
        sum = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
        c->pcm[i] = (int16_t)sum;
    }
    return c;
}

static bool readable(const struct format *f)
{
    bool known = (f->code == WAV_PCM && (f->bits == 16 || f->bits == 8)) ||
                 (f->code == WAV_MULAW && f->bits == 8);
    return known && f->channels >= 1 && f->channels <= 8 && f->rate >= 4000 && f->rate <= 192000;
}

struct clip *clip_from_wav(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    struct format f = {0};
    if (n < 12 || memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WAVE", 4) != 0)
        return NULL;
    for (size_t at = 12; at + 8 <= n;) {
        size_t left = n - at - 8, size = u32(p + at + 4);
        const uint8_t *body = p + at + 8;
        if (memcmp(p + at, "fmt ", 4) == 0 && size >= 16 && left >= 16) {
            f = (struct format){u16(body), u16(body + 2), u16(body + 14), (int)u32(body + 4)};
            if (f.code == WAV_EXTENSIBLE && size >= 26 && left >= 26)
                f.code = u16(body + 24);
        }
        if (memcmp(p + at, "data", 4) == 0)
            return readable(&f) ? decode(&f, body, size < left ? size : left) : NULL;
        if (size > left)
            return NULL;
        at += 8 + size + (size & 1);
    }
    return NULL;
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

void wav_header(uint8_t out[44], int rate, int channels, size_t frames)
{
    uint32_t data = frames == SIZE_MAX ? UINT32_MAX : (uint32_t)(frames * (size_t)channels * 2);
    memcpy(out, "RIFF....WAVEfmt ", 16);
    put32(out + 4, frames == SIZE_MAX ? UINT32_MAX : data + 36);
    put32(out + 16, 16);
    put32(out + 20, WAV_PCM | (uint32_t)channels << 16);
    put32(out + 24, (uint32_t)rate);
    put32(out + 28, (uint32_t)(rate * channels * 2));
    put32(out + 32, (uint32_t)channels * 2 | 16u << 16);
    memcpy(out + 36, "data", 4);
    put32(out + 40, data);
}
