/* The caller is told from the room: by what is louder, by what has words, by what lasts. */
#include "../../services/ai-pipeline/presence.c"
#include <criterion/criterion.h>

TestSuite(presence, .timeout = 20);

/* A voice of 120 Hz at a level, so many frames of it: how many of them are taken to be the caller's. */
static int hear(struct presence *p, int frames, double level)
{
    static int at;
    int heard = 0;
    for (int f = 0; f < frames; f++) {
        int16_t pcm[VAD_FRAME];
        for (int i = 0; i < VAD_FRAME; i++, at++) {
            double x = 0;
            for (int k = 1; k <= 12; k++)
                x += level * sin(2 * M_PI * 120 * k * at / VAD_RATE) / k;
            pcm[i] = (int16_t)x;
        }
        presence_put(p, pcm);
        heard += p->loud & 1;
    }
    return heard;
}

static void quiet_line(struct presence *p)
{
    presence_init(p);
    hear(p, 100, 0);
}

Test(presence, begins_with_a_voice_and_not_with_a_click)
{
    struct presence p;
    quiet_line(&p);
    hear(&p, 2, 3000);
    cr_expect_not(presence_begins(&p));
    hear(&p, 20, 0);
    hear(&p, 7, 3000);
    cr_expect(presence_begins(&p));
}

Test(presence, who_is_far_below_the_caller_is_not_the_caller)
{
    struct presence p;
    quiet_line(&p);
    hear(&p, 10, 3000);
    presence_open(&p);
    cr_expect_geq(hear(&p, 20, 3000), 19);
    hear(&p, 10, 300);
    cr_expect_eq(hear(&p, 20, 300), 0, "20 dB below");
    presence_close(&p);
    cr_expect_geq(hear(&p, 20, 300), 15, "a quiet caller who begins is one");
}

Test(presence, a_sound_that_had_no_words_is_known_but_never_as_loud_as_the_caller)
{
    struct presence p;
    quiet_line(&p);
    hear(&p, 5, 1000);
    presence_open(&p);
    hear(&p, 50, 1000);
    presence_was_room(&p);
    presence_close(&p);
    cr_expect_eq(hear(&p, 20, 1000), 0);
    hear(&p, 20, 0);
    hear(&p, 5, 6000);
    presence_open(&p);
    hear(&p, 50, 6000);
    presence_was_caller(&p);
    presence_was_room(&p); /* a hummed tune, say */
    presence_close(&p);
    hear(&p, 20, 0);
    cr_expect_geq(hear(&p, 20, 6000), 15, "the caller is still heard");
}
