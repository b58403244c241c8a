/*
 * The telephone's sound for those who listen to it: mu-law becomes PCM, and 8 kHz becomes the 16 kHz that
 * servers which transcribe are made for.
 *
 *     int16_t pcm[160], twice[320];
 *     wideband_pcm(ulaw, 160, pcm);
 *     wideband_double(pcm, 160, twice);
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

void wideband_pcm(const uint8_t *ulaw, size_t n, int16_t *pcm);
/* At the edges the last sample stands for those that are not there. */
void wideband_double(const int16_t *x, size_t n, int16_t *twice);
