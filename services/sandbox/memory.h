/*
 * The sandbox recognises its own speech. It cannot transcribe: it remembers what it synthesised, by
 * the hash of the samples, by the shape of their loudness, and by their spectrum with the place of every
 * word, and so finds it again after resampling, mu-law, cutting together and mixing; also a part of it,
 * in noise (spectrum.h). Bounded: the 2,000 most recently used utterances.
 *
 *     memory_learn(clip, "Hello.", &words);
 *     struct heard h[8];
 *     size_t n = memory_recall(arena, clip, h, 8);       utterances and unknown sounds, in order
 */
#pragma once
#include "base/arena.h"
#include "clip.h"
#include "espeak.h"

struct heard {
    unsigned start_ms, end_ms;
    const char *text; /* NULL: a sound we do not know */
    bool whole;       /* or only some of its words */
};

void memory_learn(const struct clip *c, const char *text, const struct words *words);
size_t memory_recall(struct arena *a, const struct clip *c, struct heard *out, size_t max);
/* As one line: "Hello. I have two -- (audio, 2.3 s)"; the dashes: it was not heard to its end. */
const char *memory_text(struct arena *a, const struct clip *c);
void memory_close(void);
