/* G.711 mu-law, by its definition: sign, 3 bits of exponent, 4 bits of mantissa, all inverted. */
#pragma once
#include <stdint.h>

#define MULAW_SILENCE 0xff

int16_t mulaw_decode(uint8_t byte);
uint8_t mulaw_encode(int16_t sample);
