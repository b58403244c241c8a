/*
 * Is somebody speaking? Judged frame by frame, 20 ms of 8 kHz each, in eight bands of the telephone's sound:
 * each has a floor of its own, the least of the last seconds, so that hum, hiss and a car that starts
 * become known, whatever their colour. What stands out over the floors is loud; what also has a pitch is a
 * voice, which coughs, clicks and rustling are not.
 *
 *     struct vad v;
 *     vad_init(&v);
 *     vad_put(&v, pcm);         160 samples
 *     ... v.loud, v.voiced ...
 *
 * About a microsecond a frame, half a kilobyte, no memory of its own.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define VAD_RATE     8000
#define VAD_FRAME_MS 20
#define VAD_FRAME    (VAD_RATE * VAD_FRAME_MS / 1000)
#define VAD_BANDS    8
#define VAD_WINDOWS  6 /* of half a second: a floor is the least of their minima */

struct vad {
    bool loud, voiced;
    float contrast; /* dB over the floors, mean of the bands */
    float pitch;    /* 0..1: how much the sound repeats itself; 0 when it hardly stands out */
    float level;    /* dB, of all bands */
    /* private */
    unsigned frames;
    float last;                          /* sample, for the pre-emphasis */
    float z1[VAD_BANDS], z2[VAD_BANDS];  /* of the filters */
    float smooth[VAD_BANDS];             /* energy */
    float least[VAD_WINDOWS][VAD_BANDS]; /* a ring */
    float half[VAD_FRAME];               /* two frames at half the rate */
};

void vad_init(struct vad *v);
void vad_put(struct vad *v, const int16_t pcm[VAD_FRAME]);
