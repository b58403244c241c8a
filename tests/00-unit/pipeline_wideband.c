/* The telephone's sound for those who transcribe: the same sound, at twice the rate. */
#include "../../services/ai-pipeline/wideband.c"
#include <criterion/criterion.h>

TestSuite(wideband, .timeout = 20);

#define N 800

Test(wideband, mu_law_is_read_as_g711_has_it)
{
    static const uint8_t codes[] = {0x00, 0x80, 0xff, 0x7f, 0x7e};
    static const int16_t values[] = {-32124, 32124, 0, 0, -8};
    int16_t pcm[5];
    wideband_pcm(codes, 5, pcm);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(pcm[i], values[i], "%02x: %d", codes[i], pcm[i]);
}

static double twice_at(double hz)
{
    int16_t x[N], twice[2 * N];
    double worst = 0;
    for (int i = 0; i < N; i++)
        x[i] = (int16_t)lround(10000 * sin(2 * M_PI * hz * i / 8000));
    wideband_double(x, N, twice);
    for (int i = 2 * HALF_TAPS; i < 2 * (N - HALF_TAPS); i++)
        worst = fmax(worst, fabs(twice[i] - 10000 * sin(2 * M_PI * hz * i / 16000)));
    return worst;
}

Test(wideband, a_tone_is_the_same_tone_at_twice_the_rate)
{
    cr_expect_lt(twice_at(300), 100, "%.0f", twice_at(300));
    cr_expect_lt(twice_at(1000), 100, "%.0f", twice_at(1000));
    cr_expect_lt(twice_at(3000), 500, "%.0f", twice_at(3000));
}
