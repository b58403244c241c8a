#include "wideband.h"
#include <math.h>
#include <stdbool.h>

#define HALF_TAPS 8 /* of the filter that doubles the rate, on each side */

/* ITU-T G.711: sign, three bits of exponent, four of mantissa, all inverted. */
static int16_t pcm_of(uint8_t ulaw)
{
    ulaw = (uint8_t)~ulaw;
    int v = (((ulaw & 0x0f) << 3) + 0x84) << ((ulaw & 0x70) >> 4);
    return (int16_t)(ulaw & 0x80 ? 0x84 - v : v - 0x84);
}

void wideband_pcm(const uint8_t *ulaw, size_t n, int16_t *pcm)
{
    static int16_t table[256];
    if (!table[0])
        for (int i = 0; i < 256; i++)
            table[i] = pcm_of((uint8_t)i);
    for (size_t i = 0; i < n; i++)
        pcm[i] = table[ulaw[i]];
}

/* Of the samples around, by a windowed sinc: what lies in the middle. */
static const float *middle(void)
{
    static float w[2 * HALF_TAPS];
    double sum = 0, tap[2 * HALF_TAPS];
    if (w[0] != 0)
        return w;
    for (int k = 0; k < 2 * HALF_TAPS; k++) {
        double d = k - HALF_TAPS + 0.5;
        tap[k] = sin(M_PI * d) / (M_PI * d) * (0.5 + 0.5 * cos(M_PI * d / HALF_TAPS));
        sum += tap[k];
    }
    for (int k = 0; k < 2 * HALF_TAPS; k++)
        w[k] = (float)(tap[k] / sum);
    return w;
}

static int16_t between(const float *w, const int16_t *x)
{
    float sum = 0;
    for (int k = 0; k < 2 * HALF_TAPS; k++)
        sum += w[k] * x[k];
    return (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

/* The samples around x[i], where some are missing. */
static const int16_t *around(const int16_t *x, size_t n, size_t i, int16_t space[2 * HALF_TAPS])
{
    for (int k = 0; k < 2 * HALF_TAPS; k++) {
        ptrdiff_t at = (ptrdiff_t)i + k - HALF_TAPS + 1;
        space[k] = x[at < 0 ? 0 : at >= (ptrdiff_t)n ? (ptrdiff_t)n - 1 : at];
    }
    return space;
}

void wideband_double(const int16_t *x, size_t n, int16_t *twice)
{
    const float *w = middle();
    int16_t space[2 * HALF_TAPS];
    for (size_t i = 0; i < n; i++) {
        bool whole = i + 1 >= HALF_TAPS && i + HALF_TAPS < n;
        twice[2 * i] = x[i];
        twice[2 * i + 1] = between(w, whole ? x + i + 1 - HALF_TAPS : around(x, n, i, space));
    }
}
