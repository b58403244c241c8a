/*
 * How loud a sound is in eight bands of the telephone's range, every 20 ms: enough to find a sound that one
 * knows, or a part of it, in a noisy line. It is no recognition of speech: what is not known is not found.
 *
 *     struct spectrum known = spectrum_of(clip), heard = ...;
 *     struct window *w = window_create(&heard, from, to);         the frames from <= i < to of the heard
 *     struct place p = spectrum_find(&known, w);                  p.likeness 0: not there
 *     window_destroy(w); spectrum_free(&known);
 */
#pragma once
#include "clip.h"

#define BANDS       8
#define SPECTRUM_MS 20

struct spectrum {
    size_t n;
    float loudest; /* band and frame, but for a few */
    float (*db)[BANDS];
};
struct place {
    double likeness; /* of the frames that both have: 1 = the same */
    double certain;  /* grows with their number too: compares places */
    long at;         /* the known sound's first frame would be this one of the heard */
    size_t from, to; /* what of the heard is explained by it */
};

struct spectrum spectrum_of(const struct clip *c);
void spectrum_free(struct spectrum *s);
struct window;
struct window *window_create(const struct spectrum *heard, size_t from, size_t to);
void window_destroy(struct window *w);
struct place spectrum_find(const struct spectrum *known, const struct window *w);
