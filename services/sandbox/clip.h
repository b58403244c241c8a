/*
 * A clip: mono 16-bit sound, shared by reference count (espeak's cache, what a call played, recordings).
 *
 *     struct clip *c = clip_from_wav(bytes, n);      NULL: not a WAV that we understand
 *     ... clip_ms(c) ...
 *     clip_drop(c);
 */
#pragma once
#include "base/buf.h"
#include <stddef.h>
#include <stdint.h>

struct clip {
    int refs, rate;
    size_t n; /* samples */
    int16_t pcm[];
};

struct clip *clip_create(int rate, size_t samples); /* silent; one reference, yours */
struct clip *clip_ref(struct clip *c);
void clip_drop(struct clip *c); /* NULL is fine */
unsigned clip_ms(const struct clip *c);
struct clip *clip_resample(const struct clip *c, int rate); /* a new one */

/* Reads PCM16, PCM8 and mu-law; channels are mixed; a wrong or streamed size means: to the end. */
struct clip *clip_from_wav(const void *p, size_t n);
/* 44 bytes; frames SIZE_MAX = the 0xFFFFFFFF placeholders of a streamed WAV. */
void wav_header(uint8_t out[44], int rate, int channels, size_t frames);
