#include "tape.h"
#include "pipeline.h"
#include "voice/wav.h"

#define CHANNELS_MAX 2
#define RATE_MIN     8000
#define RATE_MAX     48000

struct side {
    struct tape *tape;
    int channel;
    struct ear *ear;
};

struct tape {
    struct recording *rec;
    struct wav wav;
    struct side sides[CHANNELS_MAX];
    bool long_packs, unreadable, ended, closing;
    uint64_t frames, frames_max;
    unsigned max_s;
    struct list packs;
};

static struct store store;

/* ---- the end ---- */

static void end_ears(struct tape *t)
{
    for (int i = 0; i < CHANNELS_MAX; i++) {
        struct ear *e = t->sides[i].ear;
        t->sides[i].ear = NULL;
        if (e)
            ear_end(e);
    }
}

static void close_deferred(void *arg)
{
    struct tape *t = arg;
    t->closing = true;
    end_ears(t);
    for (struct pack *p; (p = LIST_FIRST(&t->packs, struct pack, link));) {
        list_remove(&p->link);
        pack_destroy(p);
    }
}

/* ---- sound comes in ---- */

static void on_pack(void *arg, struct pack *yours)
{
    struct side *side = arg;
    yours->channel = side->channel;
    if (side->tape->closing)
        pack_destroy(yours);
    else
        list_append(&side->tape->packs, &yours->link);
}

static void on_format(void *arg, const struct wav_format *f)
{
    struct tape *t = arg;
    t->unreadable = f->codec != WAV_PCM || f->bits != 16 || f->channels > CHANNELS_MAX ||
                    f->rate < RATE_MIN || f->rate > RATE_MAX;
    if (t->unreadable)
        return;
    t->frames_max = (uint64_t)t->max_s * f->rate;
    for (unsigned i = 0; i < f->channels; i++) {
        t->sides[i] = (struct side){.tape = t, .channel = (int)i};
        t->sides[i].ear = ear_create(f->rate, t->long_packs, on_pack, &t->sides[i]);
    }
}

static bool on_audio(void *arg, const char *data, size_t n)
{
    struct tape *t = arg;
    size_t channels = t->wav.format.channels, frames = n / 2 / channels;
    if (t->unreadable || t->frames >= t->frames_max)
        return false;
    for (size_t i = 0; i < channels; i++)
        ear_put(t->sides[i].ear, data + 2 * i, frames, 2 * channels);
    t->frames += frames;
    return true;
}

static enum err await_piece(struct scope *s, struct tape *t)
{
    const char *p;
    size_t n;
    TRY(await_recording_read(s, t->rec, &p, &n));
    if (n && (wav_feed(&t->wav, p, n) != OK || t->unreadable))
        return fail(s, ERR_UNPROCESSABLE, NULL, NULL, "the recording is no WAV that we read");
    t->ended = n == 0 || (t->frames_max && t->frames >= t->frames_max);
    if (!t->ended)
        return OK;
    recording_close(t->rec);
    end_ears(t);
    return t->wav.audio_bytes
               ? OK
               : fail(s, ERR_UNPROCESSABLE, NULL, NULL, "the recording has no sound");
}

/* ---- public ---- */

bool tape_configure(void)
{
    return store_read(cfg.recording_store, cfg.recording_store_key, cfg.recording_store_secret,
                      &store);
}

enum err await_tape_open(struct scope *s, const struct recording_ask *ask, bool long_packs,
                         unsigned max_s, struct tape **out)
{
    const struct twilio twilio = {cfg.twilio_url, cfg.twilio_account, cfg.twilio_token};
    const struct recording_places places = {&twilio, &store};
    struct tape *t = *out = arena_alloc(s->arena, sizeof *t);
    *t = (struct tape){.long_packs = long_packs, .max_s = max_s};
    t->wav = (struct wav){.on_format = on_format, .on_audio = on_audio, .arg = t};
    list_init(&t->packs);
    arena_defer(s->arena, close_deferred, t);
    return await_recording_open(s, &places, ask, &t->rec);
}

enum err await_tape(struct scope *s, struct tape *t, struct pack **yours)
{
    while (list_empty(&t->packs) && !t->ended)
        TRY(await_piece(s, t));
    *yours = LIST_FIRST(&t->packs, struct pack, link);
    if (*yours)
        list_remove(&(*yours)->link);
    return OK;
}

int tape_channels(const struct tape *t)
{
    return (int)t->wav.format.channels;
}

unsigned tape_ms(const struct tape *t)
{
    return t->wav.format.rate ? (unsigned)(t->frames * 1000 / t->wav.format.rate) : 0;
}
