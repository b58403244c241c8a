#include "mulaw.h"

#define BIAS 132
#define CLIP (32767 - BIAS)

int16_t mulaw_decode(uint8_t byte)
{
    unsigned v = ~(unsigned)byte & 0xff;
    int magnitude = (int)((((v & 15) << 3) + BIAS) << (v >> 4 & 7)) - BIAS;
    return (int16_t)(v & 0x80 ? -magnitude : magnitude);
}

uint8_t mulaw_encode(int16_t sample)
{
    unsigned sign = sample < 0 ? 0x80 : 0, exponent = 7;
    int magnitude = sample < 0 ? -sample : sample;
    magnitude = (magnitude > CLIP ? CLIP : magnitude) + BIAS;
    while (exponent && !(magnitude & 0x80 << exponent))
        exponent--;
    return (uint8_t) ~(sign | exponent << 4 | (magnitude >> (exponent + 3) & 15));
}
