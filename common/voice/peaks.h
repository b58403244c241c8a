/*
 * The outline of a recording, as players draw it: the loudest moment of each of a thousand or two slices,
 * per channel. Reads WAV as it arrives, of any length, in a few kB.
 *
 *     struct peaks p;
 *     peaks_init(&p);
 *     while (...) TRY(peaks_feed(&p, bytes, n));         ERR_UNPROCESSABLE: no WAV we know
 *     const char *json = peaks_json(&p, arena);          NULL: there was no sound
 *
 * {"channels":2,"duration":63.2,"peaks":[[0,0.12,...],[0.5,...]]}: seconds, and numbers from 0 to 1. Of
 * more than two channels the first two.
 */
#pragma once
#include "base/arena.h"
#include "voice/wav.h"

#define PEAKS_MAX      2000 /* slices; when they are full, each two become one */
#define PEAKS_CHANNELS 2

struct peaks {
    struct wav wav;
    uint64_t frames;
    uint32_t slice, in; /* frames of one; of the one at work */
    size_t n;           /* full ones */
    uint8_t now[PEAKS_CHANNELS], values[PEAKS_CHANNELS][PEAKS_MAX];
};

void peaks_init(struct peaks *p);
enum err peaks_feed(struct peaks *p, const char *bytes, size_t n) MUST_CHECK;
const char *peaks_json(struct peaks *p, struct arena *a);
