#include "voice/wav.h"
#include <string.h>

#define FMT_MAX    40 /* WAVE_FORMAT_EXTENSIBLE */
#define EXTENSIBLE 0xFFFE
#define SKIP_MAX   (1u << 20)
#define ENDLESS    UINT64_MAX

/* What the next bytes are. RIFF header, chunk header and fmt are gathered in w->head first. */
enum { AT_RIFF, AT_CHUNK, AT_FMT, AT_SKIP, AT_AUDIO };

static unsigned u16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static void expect(struct wav *w, int state, size_t need)
{
    w->state = state;
    w->need = need;
    w->have = 0;
}

static enum err take_fmt(struct wav *w)
{
    const uint8_t *p = w->head;
    unsigned tag = u16(p);
    struct wav_format f = {.rate = u32(p + 4), .channels = u16(p + 2), .bits = u16(p + 14)};
    if (tag == EXTENSIBLE && w->need >= 26)
        tag = u16(p + 24);
    f.codec = tag;
    bool known = (tag == WAV_PCM && f.bits == 16) || (tag == WAV_ULAW && f.bits == 8);
    if (!known || f.channels < 1 || f.channels > 8 || f.rate < 4000 || f.rate > 192000)
        return ERR_UNPROCESSABLE;
    w->format = f;
    w->frame = f.channels * f.bits / 8;
    w->on_format(w->arg, &w->format);
    return OK;
}

static enum err take_chunk(struct wav *w)
{
    uint32_t size = u32(w->head + 4);
    if (memcmp(w->head, "data", 4) == 0) {
        bool endless = size == 0 || size >= 0xFFFFFF00u; /* some servers take the header off */
        w->left = endless ? ENDLESS : size;
        expect(w, AT_AUDIO, 0);
        return w->frame ? OK : ERR_UNPROCESSABLE;
    }
    if (memcmp(w->head, "fmt ", 4) == 0 && !w->frame) {
        if (size < 16 || size > FMT_MAX)
            return ERR_UNPROCESSABLE;
        expect(w, AT_FMT, size + (size & 1));
        return OK;
    }
    if (size > SKIP_MAX)
        return ERR_UNPROCESSABLE;
    w->left = (uint64_t)size + (size & 1);
    expect(w, AT_SKIP, 0);
    return OK;
}

static enum err take_head(struct wav *w)
{
    enum err e = OK;
    if (w->state == AT_CHUNK)
        return take_chunk(w);
    if (w->state == AT_RIFF)
        e = memcmp(w->head, "RIFF", 4) || memcmp(w->head + 8, "WAVE", 4) ? ERR_UNPROCESSABLE : OK;
    else
        e = take_fmt(w);
    expect(w, AT_CHUNK, 8);
    return e;
}

static void hand_on(struct wav *w, const char *p, size_t n)
{
    if (!n || w->stopped)
        return;
    w->audio_bytes += n;
    w->stopped = !w->on_audio(w->arg, p, n);
}

/* Whole frames go on as they lie; the rest of one waits in w->head for its other bytes. */
static void take_audio(struct wav *w, const char *p, size_t n)
{
    while (w->have && n) {
        w->head[w->have++] = (uint8_t)*p++;
        n--;
        if (w->have == w->frame) {
            hand_on(w, (const char *)w->head, w->frame);
            w->have = 0;
        }
    }
    size_t rest = n % w->frame;
    hand_on(w, p, n - rest);
    memcpy(w->head, p + n - rest, rest);
    w->have += rest;
}

static size_t take_body(struct wav *w, const char *p, size_t n)
{
    if (n > w->left)
        n = (size_t)w->left;
    if (w->state == AT_AUDIO)
        take_audio(w, p, n);
    if (w->left != ENDLESS)
        w->left -= n;
    if (w->left)
        return n;
    if (w->state == AT_AUDIO)
        w->stopped = true; /* what follows is no sound */
    expect(w, AT_CHUNK, 8);
    return n;
}

enum err wav_feed(struct wav *w, const char *bytes, size_t n)
{
    if (w->state == AT_RIFF && !w->need)
        expect(w, AT_RIFF, 12);
    for (size_t at = 0; at < n && !w->stopped;) {
        if (w->state >= AT_SKIP) {
            at += take_body(w, bytes + at, n - at);
            continue;
        }
        size_t take = n - at < w->need - w->have ? n - at : w->need - w->have;
        memcpy(w->head + w->have, bytes + at, take);
        w->have += take;
        at += take;
        if (w->have == w->need)
            TRY(take_head(w));
        if (w->state == AT_SKIP && !w->left)
            expect(w, AT_CHUNK, 8);
    }
    return OK;
}

static void put(uint8_t *out, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

void wav_header(const struct wav_format *f, uint32_t data_n, uint8_t out[WAV_HEADER_SIZE])
{
    unsigned frame = f->channels * f->bits / 8;
    memcpy(out, "RIFF....WAVEfmt ", 16);
    put(out + 4, 36 + data_n, 4);
    put(out + 16, 16, 4);
    put(out + 20, f->codec, 2);
    put(out + 22, f->channels, 2);
    put(out + 24, f->rate, 4);
    put(out + 28, f->rate * frame, 4);
    put(out + 32, frame, 2);
    put(out + 34, f->bits, 2);
    memcpy(out + 36, "data", 4);
    put(out + 40, data_n, 4);
}
