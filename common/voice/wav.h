/*
 * Reads WAV as it arrives, leniently: sizes of 0xFFFFFFFF (a stream's placeholder) or 0 mean "to the
 * end", unknown chunks are skipped, bytes may be split anywhere.
 *
 *     struct wav w = {.on_format = ..., .on_audio = ..., .arg = self};
 *     TRY(wav_feed(&w, bytes, n));         ERR_UNPROCESSABLE: no WAV, or a format we do not know
 *     if (!w.audio_bytes) ...              at the end: a header without sound
 *
 * Audio is handed on in whole frames (all channels of one instant). on_audio returning false stops:
 * the rest is dropped.
 */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wav_codec { WAV_PCM = 1, WAV_ULAW = 7 };
struct wav_format {
    enum wav_codec codec;
    unsigned rate, channels, bits; /* PCM: 16 bits little-endian; mu-law: 8 */
};

struct wav {
    void (*on_format)(void *arg, const struct wav_format *f);
    bool (*on_audio)(void *arg, const char *data, size_t n);
    void *arg;
    struct wav_format format;
    uint64_t audio_bytes;
    /* private */
    int state;
    uint8_t head[64];
    size_t have, need, frame;
    uint64_t left; /* of the chunk */
    bool stopped;
};

enum err wav_feed(struct wav *w, const char *bytes, size_t n) MUST_CHECK;

#define WAV_HEADER_SIZE 44
/* The header of a complete file; data_n bytes of audio follow. */
void wav_header(const struct wav_format *f, uint32_t data_n, uint8_t out[WAV_HEADER_SIZE]);
