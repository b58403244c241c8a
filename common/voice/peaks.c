#include "voice/peaks.h"
#include "base/buf.h"
#include <string.h>

#define JSON_MAX (PEAKS_CHANNELS * PEAKS_MAX * 5 + 100)

static uint8_t max(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

/* ---- a sample's height, from 0 to 255 ---- */

static uint8_t height(int sample)
{
    unsigned h = (unsigned)(sample < 0 ? -sample : sample) >> 7;
    return h > 255 ? 255 : (uint8_t)h;
}

/* ITU-T G.711: sign, three bits of exponent, four of mantissa, all inverted. */
static uint8_t height_of_ulaw(uint8_t code)
{
    code = (uint8_t)~code;
    return height(((((code & 15) << 3) + 132) << ((code & 0x70) >> 4)) - 132);
}

static uint8_t height_of_pcm(const uint8_t *p)
{
    return height((int16_t)(p[0] | p[1] << 8));
}

/* ---- slices ---- */

static void halve(struct peaks *p)
{
    for (int c = 0; c < PEAKS_CHANNELS; c++)
        for (size_t i = 0; i < PEAKS_MAX / 2; i++)
            p->values[c][i] = max(p->values[c][2 * i], p->values[c][2 * i + 1]);
    p->n = PEAKS_MAX / 2;
    p->slice *= 2;
}

static void end_slice(struct peaks *p)
{
    if (p->n == PEAKS_MAX)
        halve(p);
    for (int c = 0; c < PEAKS_CHANNELS; c++)
        p->values[c][p->n] = p->now[c];
    p->n++;
    p->in = 0;
    memset(p->now, 0, sizeof p->now);
}

static void take_frame(struct peaks *p, const uint8_t *frame)
{
    const struct wav_format *f = &p->wav.format;
    for (unsigned c = 0; c < f->channels && c < PEAKS_CHANNELS; c++) {
        uint8_t h = f->codec == WAV_ULAW ? height_of_ulaw(frame[c]) : height_of_pcm(frame + 2 * c);
        p->now[c] = max(p->now[c], h);
    }
    p->frames++;
    if (++p->in >= p->slice)
        end_slice(p);
}

static void on_format(void *arg, const struct wav_format *f)
{
    (void)arg, (void)f;
}

static bool on_audio(void *arg, const char *data, size_t n)
{
    struct peaks *p = arg;
    size_t frame = p->wav.format.channels * p->wav.format.bits / 8;
    for (size_t at = 0; at + frame <= n; at += frame)
        take_frame(p, (const uint8_t *)data + at);
    return true;
}

void peaks_init(struct peaks *p)
{
    *p = (struct peaks){.slice = 1, .wav = {.on_format = on_format, .on_audio = on_audio}};
}

enum err peaks_feed(struct peaks *p, const char *bytes, size_t n)
{
    p->wav.arg = p; /* it may have been moved since */
    return wav_feed(&p->wav, bytes, n);
}

/* ---- as a player takes it ---- */

static void put_height(struct buf *b, uint8_t h)
{
    unsigned hundredths = (h * 100u + 127) / 255;
    if (hundredths == 0 || hundredths == 100)
        buf_putc(b, hundredths ? '1' : '0');
    else if (hundredths % 10)
        buf_printf(b, "0.%02u", hundredths);
    else
        buf_printf(b, "0.%u", hundredths / 10);
}

const char *peaks_json(struct peaks *p, struct arena *a)
{
    unsigned channels = p->wav.format.channels < PEAKS_CHANNELS ? 1 : PEAKS_CHANNELS;
    struct buf b = buf_in(a, JSON_MAX);
    if (!p->frames)
        return NULL;
    if (p->in) /* the end is a slice too, if a short one */
        end_slice(p);
    buf_printf(&b, "{\"channels\":%u,\"duration\":%.3f,\"peaks\":[", channels,
               (double)p->frames / p->wav.format.rate);
    for (unsigned c = 0; c < channels; c++) {
        buf_puts(&b, c ? "],[" : "[");
        for (size_t i = 0; i < p->n; i++) {
            buf_puts(&b, i ? "," : "");
            put_height(&b, p->values[c][i]);
        }
    }
    buf_puts(&b, "]]}");
    return b.p;
}
