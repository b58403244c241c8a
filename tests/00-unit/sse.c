#include "base/buf.h"
#include "voice/sse.h"
#include "voice/wav.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(sse, .timeout = 10);
TestSuite(wav, .timeout = 10);

struct seen {
    struct buf text; /* every event in [brackets] */
    int stop_after;
};

static bool on_event(void *arg, const char *data, size_t n)
{
    struct seen *seen = arg;
    buf_putc(&seen->text, '[');
    buf_put(&seen->text, data, n);
    buf_putc(&seen->text, ']');
    return --seen->stop_after != 0;
}

/* Feeds in pieces of `step` bytes and compares what came out. */
static void expect_events(const char *stream, size_t step, const char *events)
{
    struct seen seen = {.text = BUF(4096)};
    struct sse p;
    sse_init(&p, 1024, on_event, &seen);
    for (size_t at = 0, n = strlen(stream); at < n; at += step)
        cr_assert_eq(sse_feed(&p, stream + at, n - at < step ? n - at : step), OK);
    cr_expect_str_eq(seen.text.p, events, "in steps of %zu", step);
    sse_fini(&p);
    buf_free(&seen.text);
}

static void expect_at_every_split(const char *stream, const char *events)
{
    for (size_t step = 1; step <= strlen(stream); step++)
        expect_events(stream, step, events);
}

Test(sse, the_three_line_ends_are_alike)
{
    expect_at_every_split("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\n", "[a][b][c][d]");
}

Test(sse, only_data_counts_and_its_lines_are_joined)
{
    expect_at_every_split(
        ": keep-alive\n\nevent: x\nid: 1\nretry: 5\ndata: one\ndata:two\ndata:  three\n\n"
        "datas: no\n\ndata\n\ndata:\n\n",
        "[one\ntwo\n three][][]");
}

Test(sse, a_byte_order_mark_is_no_data)
{
    expect_at_every_split("\xef\xbb\xbf"
                          "data: a\n\ndata: \xef\xbb\xbf\n\n",
                          "[a][\xef\xbb\xbf]");
}

Test(sse, characters_may_be_split)
{
    expect_at_every_split("data: {\"x\":\"\u00ed\u2014\U0001F600\"}\n\n",
                          "[{\"x\":\"\u00ed\u2014\U0001F600\"}]");
}

Test(sse, an_unfinished_event_is_not_handed_on)
{
    expect_at_every_split("data: a\n\ndata: half\n", "[a]");
    expect_at_every_split("data: a\n\ndata: half", "[a]");
}

Test(sse, the_consumer_may_stop)
{
    struct seen seen = {.text = BUF(4096), .stop_after = 1};
    struct sse p;
    sse_init(&p, 1024, on_event, &seen);
    cr_expect_eq(sse_feed(&p, "data: a\n\ndata: b\n\n", 18), OK);
    cr_expect_eq(sse_feed(&p, "data: c\n\n", 9), OK);
    cr_expect_str_eq(seen.text.p, "[a]");
    sse_fini(&p);
    buf_free(&seen.text);
}

static enum err feed_repeatedly(const char *text, int times)
{
    struct seen seen = {.text = BUF(4096)};
    struct sse p;
    enum err e = OK;
    sse_init(&p, 1024, on_event, &seen);
    for (int i = 0; i < times && !e; i++)
        e = sse_feed(&p, text, strlen(text));
    if (e)
        cr_expect_eq(sse_feed(&p, "x", 1), e, "a dead parser stays dead");
    sse_fini(&p);
    buf_free(&seen.text);
    return e;
}

Test(sse, a_line_and_an_event_are_bounded)
{
    cr_expect_eq(feed_repeatedly("data: 0123456789", 100), ERR_TOO_BIG, "one endless line");
    cr_expect_eq(feed_repeatedly("data: 0123456789\n", 100), ERR_TOO_BIG, "one endless event");
    cr_expect_eq(feed_repeatedly(": 0123456789\n", 1000), OK, "comments are no event");
    cr_expect_eq(feed_repeatedly("data: 0123456789\n\n", 100), OK);
}

/* ---- wav ---- */

struct heard {
    struct wav_format format;
    struct buf audio;
    int formats;
    bool whole;
};

static void on_format(void *arg, const struct wav_format *f)
{
    struct heard *h = arg;
    h->format = *f;
    h->formats++;
}

static bool on_audio(void *arg, const char *data, size_t n)
{
    struct heard *h = arg;
    h->whole &= n % (h->format.channels * h->format.bits / 8) == 0;
    buf_put(&h->audio, data, n);
    return true;
}

/* out: what was heard; feeds in pieces of `step`. */
static enum err listen_to(const char *file, size_t n, size_t step, struct heard *h)
{
    struct wav w = {.on_format = on_format, .on_audio = on_audio, .arg = h};
    enum err e = OK;
    *h = (struct heard){.audio = BUF(4096), .whole = true};
    for (size_t at = 0; at < n && !e; at += step)
        e = wav_feed(&w, file + at, n - at < step ? n - at : step);
    return e;
}

static void expect_audio(const char *file, size_t n, const char *audio)
{
    for (size_t step = 1; step <= n; step++) {
        struct heard h;
        cr_assert_eq(listen_to(file, n, step, &h), OK, "in steps of %zu", step);
        cr_expect_eq(h.formats, 1);
        cr_expect_eq(h.format.rate, 24000);
        cr_expect_str_eq(h.audio.p, audio, "in steps of %zu", step);
        cr_expect(h.whole);
        buf_free(&h.audio);
    }
}

#define FMT_24K       "fmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0"
#define FILE_OF(text) text, sizeof text - 1

Test(wav, audio_is_found_behind_whatever_chunks)
{
    expect_audio(FILE_OF("RIFF\x2a\0\0\0WAVE" FMT_24K "data\x06\0\0\0abcdef"), "abcdef");
    expect_audio(FILE_OF("RIFF\x2a\0\0\0WAVELIST\x03\0\0\0xyz\0" FMT_24K
                         "fact\0\0\0\0data\x06\0\0\0abcdefLIST\x02\0\0\0no"),
                 "abcdef");
}

Test(wav, a_stream_has_no_sizes)
{
    expect_audio(FILE_OF("RIFF\xff\xff\xff\xffWAVE" FMT_24K "data\xff\xff\xff\xff"
                         "abcdef"),
                 "abcdef");
    expect_audio(FILE_OF("RIFF\0\0\0\0WAVE" FMT_24K "data\0\0\0\0abcdefg"), "abcdef");
}

Test(wav, what_is_no_wav_we_know_is_refused)
{
    struct heard h;
    cr_expect_eq(listen_to(FILE_OF("ID3\x03 an mp3 file"), 5, &h), ERR_UNPROCESSABLE);
    cr_expect_eq(listen_to(FILE_OF("RIFF....WAVEdata\x06\0\0\0abcdef"), 5, &h), ERR_UNPROCESSABLE);
    cr_expect_eq(
        listen_to(
            FILE_OF("RIFF....WAVEfmt \x10\0\0\0\x01\0\0\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0"), 5,
            &h),
        ERR_UNPROCESSABLE, "no channel");
    cr_expect_eq(listen_to(FILE_OF("RIFF....WAVEfmt \xff\0\0\0\x01\0"), 5, &h), ERR_UNPROCESSABLE);
    cr_expect_eq(listen_to(FILE_OF("RIFF....WAVEjunk\xff\xff\xff\x7f"), 5, &h), ERR_UNPROCESSABLE);
}

Test(wav, our_own_header_is_read_back)
{
    struct wav_format f = {WAV_ULAW, 8000, 1, 8};
    char file[WAV_HEADER_SIZE + 3];
    struct heard h;
    wav_header(&f, 3, (uint8_t *)file);
    memcpy(file + WAV_HEADER_SIZE, "abc", 3);
    cr_assert_eq(listen_to(file, sizeof file, 7, &h), OK);
    cr_expect_eq(h.format.codec, WAV_ULAW);
    cr_expect_eq(h.format.rate, 8000);
    cr_expect_str_eq(h.audio.p, "abc");
    buf_free(&h.audio);
}
