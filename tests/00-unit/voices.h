/* Sounds made here, sample by sample at 8 kHz: a root mean square near 1. */
#pragma once
#include <math.h>
#include <stdlib.h>

/* White, near enough to normal; the same each time after the same srand(). */
static double noise(void)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += (double)rand() / RAND_MAX - 0.5;
    return sum;
}

/* Harmonics of 120 Hz under syllables, four a second. */
static double voice(int i)
{
    double t = (double)i / 8000, sum = 0;
    for (int k = 1; k <= 12; k++)
        sum += sin(2 * M_PI * 120 * k * t) / k;
    return 1.35 * sum * (0.15 + fabs(sin(2 * M_PI * 2 * t)));
}
