/*
 * One side of a line as it sounded: from the first sound until it has been silent for a while. Then it is a
 * clip, for the transcript and the recordings.
 *
 *     strip_add(&s, now_ms, pcm, n, loud);              every 20 ms; at_ms: the call's own time
 *     if (strip_over(&s) && (clip = strip_take(&s, &at_ms))) ...
 *     strip_free(&s);
 */
#pragma once
#include "clip.h"

struct strip {
    struct buf samples;
    unsigned at_ms;
    size_t silent; /* samples at its end */
};
#define STRIP_MAX_MS 30000
#define STRIP        ((struct strip){.samples = BUF(STRIP_MAX_MS * 8 * sizeof(int16_t))})

void strip_add(struct strip *s, unsigned at_ms, const int16_t *pcm, size_t n, bool loud);
bool strip_over(const struct strip *s); /* silent for a while, or as long as it may be */
struct clip *strip_take(struct strip *s, unsigned *at_ms); /* NULL: nothing but silence; yours */
void strip_free(struct strip *s);
