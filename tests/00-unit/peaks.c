/* The outline of a recording. */
#include "io/js.h"
#include "voice/peaks.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(peaks, .timeout = 30);

static struct scope s;

static void feed_header(struct peaks *p, enum wav_codec codec, unsigned channels, unsigned rate)
{
    uint8_t header[WAV_HEADER_SIZE];
    struct wav_format f = {codec, rate, channels, codec == WAV_ULAW ? 8 : 16};
    wav_header(&f, 0, header);
    peaks_init(p);
    cr_assert_eq(peaks_feed(p, (const char *)header, sizeof header), OK);
}

/* n frames of these samples, one per channel, in pieces that end amid frames. */
static void feed(struct peaks *p, const void *frame, size_t size, size_t n)
{
    char *bytes = malloc(size * n);
    for (size_t i = 0; i < n; i++)
        memcpy(bytes + i * size, frame, size);
    for (size_t at = 0; at < size * n; at += 4093)
        cr_assert_eq(peaks_feed(p, bytes + at, size * n - at < 4093 ? size * n - at : 4093), OK);
    free(bytes);
}

static const struct js *result(struct peaks *p)
{
    struct js *j = NULL;
    scope_init(&s, 1000);
    const char *json = peaks_json(p, s.arena);
    cr_assert_not_null(json);
    cr_assert_eq(js_parse(&s, json, 0, &j), OK, "%s", json);
    return j;
}

static double value(const struct js *j, size_t channel, size_t i)
{
    return js_real(js_at(js_at(js_get(j, "peaks"), channel), i));
}

Test(peaks, each_side_has_its_own_line)
{
    struct peaks p;
    static const int16_t quiet[] = {0, -16384}, loud[] = {-32768, 0};
    feed_header(&p, WAV_PCM, 2, 8000);
    feed(&p, quiet, sizeof quiet, 8000);
    feed(&p, loud, sizeof loud, 8000);
    const struct js *j = result(&p);
    size_t n = js_count(js_at(js_get(j, "peaks"), 0));
    cr_expect_eq(js_count(js_get(j, "peaks")), 2);
    cr_expect_float_eq(js_real(js_get(j, "duration")), 2.0, 0.001);
    cr_expect(n >= PEAKS_MAX / 2 && n <= PEAKS_MAX, "%zu", n);
    cr_expect_float_eq(value(j, 0, 0), 0, 0.001);
    cr_expect_float_eq(value(j, 1, 0), 0.5, 0.011);
    cr_expect_float_eq(value(j, 0, n - 1), 1, 0.001);
    cr_expect_float_eq(value(j, 1, n - 1), 0, 0.001);
    scope_fini(&s);
}

Test(peaks, mu_law_is_as_loud_as_the_pcm_it_stands_for)
{
    static const struct {
        uint8_t code;
        double height;
    } codes[] = {{0xff, 0},
                 {0x7f, 0},
                 {0x80, 32124 / 32768.0},
                 {0x00, 32124 / 32768.0},
                 {0x8f, 16764 / 32768.0},
                 {0xcf, 988 / 32768.0}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct peaks p;
        feed_header(&p, WAV_ULAW, 1, 8000);
        feed(&p, &codes[i].code, 1, 800);
        const struct js *j = result(&p);
        cr_expect_eq(js_count(js_get(j, "peaks")), 1);
        cr_expect_float_eq(value(j, 0, 0), codes[i].height, 0.011, "%02x", codes[i].code);
        scope_fini(&s);
    }
}

Test(peaks, an_hour_takes_no_more_room_than_a_minute_and_loses_no_shot)
{
    struct peaks p;
    static const int16_t silence[] = {0, 0}, shot[] = {32767, 0};
    feed_header(&p, WAV_PCM, 2, 8000);
    for (int minute = 0; minute < 60; minute++) {
        feed(&p, silence, sizeof silence, 8000 * 60 - 1);
        feed(&p, shot, sizeof shot, 1);
    }
    const struct js *j = result(&p);
    size_t n = js_count(js_at(js_get(j, "peaks"), 0)), shots = 0;
    for (size_t i = 0; i < n; i++)
        shots += value(j, 0, i) > 0.9;
    cr_expect_eq(shots, 60);
    cr_expect_leq(n, PEAKS_MAX);
    cr_expect_float_eq(js_real(js_get(j, "duration")), 3600, 0.001);
    cr_expect_lt(sizeof p, 8192);
    scope_fini(&s);
}

Test(peaks, what_is_no_sound_has_no_outline)
{
    struct peaks p;
    scope_init(&s, 1000);
    peaks_init(&p);
    cr_expect_eq(peaks_feed(&p, "ID3 this is an MP3, or nothing", 30), ERR_UNPROCESSABLE);
    feed_header(&p, WAV_PCM, 1, 8000);
    cr_expect_null(peaks_json(&p, s.arena));
    scope_fini(&s);
}
