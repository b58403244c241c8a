/* What a person on a media stream hears, frame by frame. */
#include "../../services/sandbox/mulaw.c"
#include "../../services/sandbox/playback.c"
#include <criterion/criterion.h>
#include <stdio.h>

static struct playback p;
static uint8_t frame[FRAME_BYTES];

static void up(void)
{
    playback_init(&p);
}

static void down(void)
{
    playback_fini(&p);
}

TestSuite(sandbox_playback, .init = up, .fini = down, .timeout = 10);

static void put(int byte, size_t n)
{
    uint8_t *bytes = malloc(n);
    memset(bytes, byte, n);
    cr_assert(playback_put(&p, bytes, n));
    free(bytes);
}

static void expect_marks(const char *expected)
{
    char all[100] = "";
    size_t n = 0;
    for (const char *name; (name = playback_reached(&p));)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s ", name);
    cr_expect_str_eq(all, expected);
}

Test(sandbox_playback, plays_in_order_and_fills_up_with_silence)
{
    put(1, 100);
    put(2, 100);
    cr_expect_eq(playback_take(&p, frame), FRAME_BYTES);
    cr_expect(frame[99] == 1 && frame[100] == 2);
    cr_expect_eq(playback_take(&p, frame), 40);
    cr_expect(frame[39] == 2 && frame[40] == MULAW_SILENCE);
    cr_expect_eq(playback_take(&p, frame), 0);
}

Test(sandbox_playback, tells_a_mark_once_what_stands_before_it_has_been_heard)
{
    playback_mark(&p, "at once");
    expect_marks("at once ");
    put(1, 200);
    playback_mark(&p, "a");
    put(1, 10);
    playback_mark(&p, "b");
    playback_take(&p, frame);
    expect_marks("");
    playback_take(&p, frame);
    expect_marks("a b ");
    expect_marks("");
}

Test(sandbox_playback, clears_sound_and_tells_the_marks_that_were_waiting)
{
    put(1, 1000);
    playback_mark(&p, "a");
    put(1, 1000);
    playback_mark(&p, "b");
    playback_take(&p, frame);
    playback_clear(&p);
    expect_marks("a b ");
    cr_expect_eq(playback_take(&p, frame), 0);
    put(3, 160);
    playback_mark(&p, "c");
    expect_marks("");
    playback_take(&p, frame);
    cr_expect_eq(frame[0], 3);
    expect_marks("c ");
}

Test(sandbox_playback, is_bounded)
{
    put(1, PLAYBACK_MAX);
    cr_expect_not(playback_put(&p, frame, 1));
    for (int i = 0; i < MARKS_MAX; i++)
        cr_assert(playback_mark(&p, "m"));
    cr_expect_not(playback_mark(&p, "m"));
}

Test(sandbox_mulaw, keeps_every_code_and_is_near_to_every_sample)
{
    for (int i = 0; i < 256; i++)
        if (i != 0x7f) /* minus nothing */
            cr_expect_eq(mulaw_encode(mulaw_decode((uint8_t)i)), i);
    for (int v = -32768; v < 32768; v++) {
        int clipped = v > 32635 ? 32635 : v < -32635 ? -32635 : v;
        int off = abs(mulaw_decode(mulaw_encode((int16_t)v)) - clipped);
        cr_assert(off * 32 <= abs(clipped) + 132, "%d", v);
    }
    cr_expect_eq(mulaw_encode(0), MULAW_SILENCE);
}
