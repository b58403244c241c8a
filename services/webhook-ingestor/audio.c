#include "audio.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "ingestor.h"
#include "io/httpc.h"
#include "io/mq.h"
#include "loop/task.h"
#include "messages.h"
#include "voice/link.h"
#include <string.h>

#define CLIP_MAX     (4u << 20) /* 87 s of 24 kHz PCM16 */
#define LINK_SECONDS 900
#define FETCH_MS     10000 /* Twilio waits 15 s */

/* 0.1 s of silence: 8 kHz mono u-law, 800 samples. */
static const unsigned char silence_head[44] = {
    'R', 'I', 'F', 'F', 0x44, 0x03, 0,   0,   'W', 'A',  'V',  'E',  'f', 'm',  't',
    ' ', 16,  0,   0,   0,    7,    0,   1,   0,   0x40, 0x1f, 0,    0,   0x40, 0x1f,
    0,   0,   1,   0,   8,    0,    'd', 'a', 't', 'a',  0x20, 0x03, 0,   0};

struct fetch {
    struct wait over;
    struct buf audio;
    enum err result;
};

static void on_part(void *arg, const char *data, size_t n)
{
    struct fetch *f = arg;
    buf_put(&f->audio, data, n);
}

static void on_end(void *arg, enum err e)
{
    struct fetch *f = arg;
    f->result = e ? e : f->audio.over ? ERR_TOO_BIG : OK;
    wait_settle(&f->over);
}

static enum err reply_silence(struct req *r, enum err e)
{
    log_warn(&r->scope, "audio.missing", "error", err_name(e));
    metric_add("va_audio_missing_total", "", 1);
    unsigned char wav[sizeof silence_head + 800];
    memcpy(wav, silence_head, sizeof silence_head);
    memset(wav + sizeof silence_head, 0xff, 800); /* u-law zero */
    return req_reply_bytes(r, 200, "audio/wav", wav, sizeof wav);
}

enum err audio_get(struct req *r)
{
    static const struct mq_stream_h handlers = {on_part, on_end};
    const char *replica = req_param(r, "replica"), *clip = req_param(r, "clip");
    if (!link_check(cfg.link_secret, "audio", req_param(r, "token"), replica, clip))
        return fail(&r->scope, ERR_MISSING, NULL, NULL, "no such clip");
    struct mq_out request = {
        .key = replica,
        .type = TURN_AUDIO,
        .body = turn_audio_encode(&r->scope, &(struct turn_audio){.clip = clip}),
        .transient = true,
    };
    struct fetch f = {.over = WAIT_HERE, .audio = BUF(CLIP_MAX)};
    mq_rpc_stream(&request, clock_ms() + FETCH_MS, &handlers, &f);
    await_wait(&f.over);
    /* Sent whole, with its length: whether Twilio plays a chunked answer is not documented. */
    enum err e = f.result ? reply_silence(r, f.result)
                          : req_reply_bytes(r, 200, "audio/wav", f.audio.p, f.audio.n);
    buf_free(&f.audio);
    return e;
}

const char *audio_url(struct arena *a, const char *replica, const char *clip)
{
    uint64_t expires = clock_wall_ms() / 1000 + LINK_SECONDS;
    return arena_printf(a, "%s/audio/%s/%s/%s", cfg.public_url, url_encode(a, replica),
                        url_encode(a, clip),
                        link_sign(a, cfg.link_secret, "audio", expires, replica, clip));
}
