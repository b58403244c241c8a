/*
 * The sandbox recognises its own speech. It cannot transcribe: it remembers what it synthesised, by
 * the hash of the samples and by the shape of their loudness, and so finds it again after resampling,
 * mu-law, cutting together and mixing. Bounded: the 2,000 most recently used utterances.
 *
 *     memory_learn(clip, "Hello.");
 *     struct heard h[8];
 *     size_t n = memory_recall(arena, clip, h, 8);       utterances and unknown sounds, in order
 */
#pragma once
#include "base/arena.h"
#include "clip.h"

struct heard {
    unsigned start_ms, end_ms;
    const char *text; /* NULL: a sound we do not know */
};

void memory_learn(const struct clip *c, const char *text);
size_t memory_recall(struct arena *a, const struct clip *c, struct heard *out, size_t max);
/* As one line: "Hello. (audio, 2.3 s)". */
const char *memory_text(struct arena *a, const struct clip *c);
void memory_close(void);
