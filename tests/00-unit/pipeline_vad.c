/* A voice is told from the noises of a line, whatever they are, and soon after they change. */
#include "../../services/ai-pipeline/vad.c"
#include "voices.h"
#include <criterion/criterion.h>
#include <stdlib.h>

TestSuite(vad, .timeout = 20);

/* ---- sounds made here ---- */

static double hum(int i)
{
    double t = (double)i / VAD_RATE;
    return 1.2 * sin(2 * M_PI * 50 * t) + 0.6 * sin(2 * M_PI * 150 * t) +
           0.3 * sin(2 * M_PI * 250 * t);
}

struct line {
    double voice, noise, hum; /* levels */
};

/* So many frames; how many of them are loud, and have a voice. */
static void listen(struct vad *v, int frames, struct line l, int *loud, int *voiced)
{
    static int at;
    *loud = *voiced = 0;
    for (int f = 0; f < frames; f++) {
        int16_t pcm[VAD_FRAME];
        for (int i = 0; i < VAD_FRAME; i++, at++) {
            double x = l.voice * voice(at) + l.noise * noise() + l.hum * hum(at);
            pcm[i] = (int16_t)fmax(-32768, fmin(32767, x));
        }
        vad_put(v, pcm);
        *loud += v->loud;
        *voiced += v->voiced;
    }
}

static void expect_told_apart(struct line l, const char *when)
{
    struct vad v;
    int loud, voiced;
    vad_init(&v);
    srand(1);
    listen(&v, 200, (struct line){0, l.noise, l.hum}, &loud, &voiced);
    listen(&v, 500, (struct line){0, l.noise, l.hum}, &loud, &voiced);
    cr_expect_leq(loud, 10, "%s: %d of 500 frames of noise are loud", when, loud);
    cr_expect_leq(voiced, 5, "%s: %d of 500 frames of noise have a voice", when, voiced);
    listen(&v, 100, l, &loud, &voiced);
    cr_expect_geq(loud, 45, "%s: %d of 100 frames of a voice are loud", when, loud);
    cr_expect_geq(voiced, 30, "%s: %d of 100 frames of a voice have one", when, voiced);
}

Test(vad, a_voice_is_told_from_silence_hiss_and_hum)
{
    expect_told_apart((struct line){3000, 0, 0}, "a clear line");
    expect_told_apart((struct line){300, 10, 0}, "a faint voice");
    expect_told_apart((struct line){3000, 300, 0}, "hiss at 20 dB");
    expect_told_apart((struct line){3000, 950, 0}, "hiss at 10 dB");
    expect_told_apart((struct line){3000, 0, 2000}, "hum");
    expect_told_apart((struct line){3000, 300, 2000}, "hiss and hum");
}

Test(vad, what_has_no_pitch_is_no_voice)
{
    struct vad v;
    int loud, voiced;
    vad_init(&v);
    srand(1);
    listen(&v, 200, (struct line){0, 20, 0}, &loud, &voiced);
    for (int i = 0; i < 20; i++) { /* coughs of 300 ms */
        listen(&v, 15, (struct line){0, 4000, 0}, &loud, &voiced);
        cr_expect_geq(loud, 14);
        cr_expect_leq(voiced, 1, "%d frames", voiced);
        listen(&v, 50, (struct line){0, 20, 0}, &loud, &voiced);
    }
}

Test(vad, a_noise_that_begins_is_known_after_three_seconds)
{
    struct vad v;
    int loud, voiced;
    vad_init(&v);
    srand(1);
    listen(&v, 300, (struct line){0, 20, 0}, &loud, &voiced);
    listen(&v, 160, (struct line){0, 900, 0}, &loud, &voiced); /* a car starts */
    cr_expect_geq(loud, 100);
    listen(&v, 500, (struct line){0, 900, 0}, &loud, &voiced);
    cr_expect_leq(loud, 10, "%d frames", loud);
}
