/* Sound for the telephone: nothing of it is lost, and what the telephone cannot carry is taken out. */
#include "../../services/ai-pipeline/telephone.c"
#include <criterion/criterion.h>

TestSuite(telephone, .timeout = 20);

static int pcm_of(uint8_t ulaw)
{
    ulaw = (uint8_t)~ulaw;
    int v = (((ulaw & 0x0f) << 3) + 0x84) << ((ulaw & 0x70) >> 4);
    return ulaw & 0x80 ? 0x84 - v : v - 0x84;
}

/* Loudness of what a second of a tone becomes, and how many samples it is. */
static double loudness(unsigned rate, unsigned channels, double hz, size_t step, size_t *samples)
{
    struct wav_format f = {WAV_PCM, rate, channels, 16};
    struct telephone *t = telephone_create(&f);
    struct buf out = BUF(1 << 20);
    size_t n = rate * channels;
    int16_t *pcm = calloc(n, sizeof *pcm);
    for (size_t i = 0; i < n; i++)
        pcm[i] = (int16_t)(10000 * sin(2 * M_PI * hz * (double)(i / channels) / rate));
    for (size_t i = 0, size = n * 2; i < size; i += step * 2 * channels)
        telephone_put(t, (char *)pcm + i,
                      size - i < step * 2 * channels ? size - i : step * 2 * channels, &out);
    telephone_end(t, &out);
    double sum = 0;
    for (size_t i = 100; i + 100 < out.n; i++)
        sum += pow(pcm_of((uint8_t)out.p[i]), 2);
    *samples = out.n;
    double level = sqrt(sum / (double)(out.n - 200));
    telephone_destroy(t);
    buf_free(&out);
    free(pcm);
    return level;
}

Test(telephone, keeps_the_length_and_the_level_of_speech_at_any_rate)
{
    static const unsigned rates[] = {8000, 11025, 16000, 22050, 24000, 44100, 48000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            size_t samples;
            double level = loudness(rates[i], channels, 1000, 37, &samples);
            cr_expect_float_eq(level, 7071, 250, "%u Hz: level %.0f", rates[i], level);
            cr_expect_leq(abs((int)samples - 8000), 2, "%u Hz: %zu samples", rates[i], samples);
        }
}

Test(telephone, takes_out_what_would_fold_back)
{
    size_t samples;
    cr_expect_lt(loudness(24000, 1, 7000, 1000, &samples), 100);
    cr_expect_lt(loudness(48000, 1, 9000, 1000, &samples), 100);
}

Test(telephone, refuses_formats_it_cannot_read)
{
    cr_expect_null(telephone_create(&(struct wav_format){WAV_PCM, 24000, 1, 8}));
    cr_expect_null(telephone_create(&(struct wav_format){WAV_PCM, 24000, 6, 16}));
    cr_expect_null(telephone_create(&(struct wav_format){WAV_PCM, 4000, 1, 16}));
    cr_expect_null(telephone_create(&(struct wav_format){WAV_ULAW, 16000, 1, 8}));
}

Test(telephone, hands_telephone_sound_on_as_it_is)
{
    struct telephone *t = telephone_create(&(struct wav_format){WAV_ULAW, 8000, 1, 8});
    struct buf out = BUF(100);
    telephone_put(t, "abc", 3, &out);
    telephone_end(t, &out);
    cr_expect_str_eq(out.p, "abc");
    telephone_destroy(t);
    buf_free(&out);
}
