/* Speech is found on lines of any noise, and noise is not: by sounds made here. */
#include "../../services/ai-pipeline/ear.c"
#include "voices.h"
#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(ear, .timeout = 20);

#define RATE        8000
#define SPEECH_RMS  3000.0 /* of a usual telephone voice: -21 dB */
#define PIECES_MOST 64

/* ---- what is heard ---- */

static struct {
    int packs, n, packed_ms;
    struct {
        int from_ms, to_ms; /* in the recording */
    } pieces[PIECES_MOST];
} found;

static void on_pack(void *arg, struct pack *p)
{
    (void)arg;
    cr_assert_eq(memcmp(p->wav.p, "RIFF", 4), 0);
    found.packs++;
    found.packed_ms += pack_ms(p);
    for (int i = 0; i < p->n; i++) {
        int end = i + 1 < p->n ? p->pieces[i + 1].at_ms - GAP_MS : pack_ms(p);
        cr_assert_lt(found.n, PIECES_MOST);
        cr_expect_eq(pack_time(p, p->pieces[i].at_ms), p->pieces[i].from_ms);
        found.pieces[found.n].from_ms = p->pieces[i].from_ms;
        found.pieces[found.n++].to_ms = pack_time(p, end - 1) + 1;
    }
    pack_destroy(p);
}

static struct ear *listening(bool long_packs)
{
    memset(&found, 0, sizeof found);
    srand(20261122); /* the same noise each time */
    return ear_create(RATE, long_packs, on_pack, NULL);
}

/* ---- what is to be heard ---- */

/* So many ms of a line whose noise has this level, with or without somebody talking. */
static void hear(struct ear *e, int ms, bool talking, double noise_rms)
{
    for (int i = 0; i < ms * (RATE / 1000); i++) {
        double x = noise_rms * noise() + (talking ? SPEECH_RMS * voice(i) : 0);
        int16_t pcm = (int16_t)fmax(-32768, fmin(32767, x));
        ear_put(e, (char *)&pcm, 1, sizeof pcm);
    }
}

static void expect_piece(int i, int from_ms, int to_ms, const char *when)
{
    cr_expect_leq(abs(found.pieces[i].from_ms - from_ms), 400, "%s: begins at %d, not %d", when,
                  found.pieces[i].from_ms, from_ms);
    cr_expect_leq(abs(found.pieces[i].to_ms - to_ms), 700, "%s: ends at %d, not %d", when,
                  found.pieces[i].to_ms, to_ms);
}

static void expect_speech_found(int snr_db)
{
    double level = snr_db < 60 ? SPEECH_RMS / pow(10, snr_db / 20.0) : 0;
    char when[32];
    snprintf(when, sizeof when, "%d dB", snr_db);
    struct ear *e = listening(false);
    hear(e, 3000, false, level);
    hear(e, 2000, true, level);
    hear(e, 4000, false, level);
    hear(e, 6000, true, level);
    hear(e, 3000, false, level);
    ear_end(e);
    cr_assert_eq(found.n, 2, "%s: %d pieces", when, found.n);
    expect_piece(0, 3000, 5000, when);
    expect_piece(1, 9000, 15000, when);
}

Test(ear, speech_is_found_on_a_clear_line_and_on_noisy_ones)
{
    expect_speech_found(99);
    expect_speech_found(20);
    expect_speech_found(10);
    expect_speech_found(5);
}

Test(ear, speech_from_the_first_moment_to_the_last_is_whole)
{
    struct ear *e = listening(false);
    hear(e, 5000, true, SPEECH_RMS / 10);
    ear_end(e);
    cr_assert_eq(found.n, 1);
    cr_expect_leq(found.pieces[0].from_ms, 100);
    cr_expect_geq(found.pieces[0].to_ms, 4900);
}

Test(ear, the_noise_of_a_line_is_not_transcribed_however_loud)
{
    static const double levels[] = {0, 60, 300, 1000, 1900};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        struct ear *e = listening(false);
        hear(e, 20000, false, levels[i]);
        ear_end(e);
        cr_expect_eq(found.packs, 0, "%.0f: %d packs, %d ms", levels[i], found.packs,
                     found.packed_ms);
    }
}

Test(ear, noise_that_begins_in_the_middle_is_soon_known)
{
    struct ear *e = listening(false);
    hear(e, 5000, false, 20);
    hear(e, 30000, false, 900); /* a car starts */
    hear(e, 3000, true, 900);
    hear(e, 3000, false, 900);
    ear_end(e);
    cr_assert_leq(found.n, 2, "%d pieces", found.n);
    expect_piece(found.n - 1, 35000, 38000, "beside the car");
    cr_expect_lt(found.packed_ms, 12000);
}

Test(ear, long_recordings_are_cut_at_pauses_and_keep_their_times)
{
    struct ear *e = listening(true);
    for (int i = 0; i < 20; i++) { /* 200 s, of which 160 of speech */
        hear(e, 8000, true, 20);
        hear(e, 2000, false, 20);
    }
    ear_end(e);
    cr_expect_eq(found.packs, 2, "%d packs", found.packs);
    cr_assert_eq(found.n, 20, "%d pieces", found.n);
    for (int i = 0; i < 20; i++)
        expect_piece(i, i * 10000, i * 10000 + 8000, "one of twenty");
}

Test(ear, who_never_pauses_is_cut_in_a_word)
{
    struct ear *e = listening(true);
    hear(e, (PACK_S + 30) * 1000, true, 20);
    ear_end(e);
    cr_expect_eq(found.packs, 2);
    cr_expect_leq(abs(found.packed_ms - (PACK_S + 30) * 1000), 1000, "%d ms", found.packed_ms);
}
