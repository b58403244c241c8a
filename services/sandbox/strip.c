#include "strip.h"
#include <string.h>

#define RATE      8000
#define SILENT_MS 240

void strip_add(struct strip *s, unsigned at_ms, const int16_t *pcm, size_t n, bool loud)
{
    if (!s->samples.n && !loud)
        return;
    if (!s->samples.n)
        s->at_ms = at_ms;
    buf_put(&s->samples, pcm, n * sizeof *pcm);
    s->silent = loud ? 0 : s->silent + n;
}

bool strip_over(const struct strip *s)
{
    size_t frame = 160 * sizeof(int16_t);
    return s->samples.n &&
           (s->silent >= RATE * SILENT_MS / 1000 || s->samples.n + frame > s->samples.max);
}

struct clip *strip_take(struct strip *s, unsigned *at_ms)
{
    size_t n = s->samples.n / sizeof(int16_t) - s->silent;
    if (!s->samples.n)
        return NULL;
    struct clip *c = clip_create(RATE, n);
    memcpy(c->pcm, s->samples.p, n * sizeof(int16_t));
    *at_ms = s->at_ms;
    buf_reset(&s->samples);
    s->silent = 0;
    return c;
}

void strip_free(struct strip *s)
{
    buf_free(&s->samples);
}
