#include "speech.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/crypto.h"
#include "loop/mailbox.h"
#include "pipeline.h"
#include "provider.h"
#include "telephone.h"
#include "voice/wav.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS     4096u
#define SOUND_MAX   (1u << 20) /* two minutes */
#define BEGUN_BYTES 160        /* 20 ms */

struct sound {
    struct list bucket, recent; /* recent: least recently used first */
    struct list clips;          /* that use it */
    char *key;                  /* NULL: made elsewhere */
    enum clip_state state;
    bool prepared;             /* goes on without a clip */
    bool begun;                /* there is something to be heard */
    struct provider *provider; /* that makes it */
    struct openai_stream *x;
    struct telephone *telephone;
    struct buf wav; /* a header and mu-law */
    uint64_t began, byte_ms, made_ms;
};

struct clip {
    struct list bucket, of_sound;
    char id[CLIP_ID];
    struct sound *sound;
    struct mailbox *mail;
    int event;
    uint64_t fetched_at;
    bool waited;
};

static struct list sounds[BUCKETS], clips[BUCKETS], recent = {&recent, &recent};
static size_t bytes_kept;

static struct list *bucket(struct list table[BUCKETS], const char *key)
{
    uint32_t h = 2166136261u;
    for (; *key; key++)
        h = (h ^ (uint8_t)*key) * 16777619u;
    return &table[h % BUCKETS];
}

/* ---- destructors ---- */

static void destroy_sound(struct sound *s)
{
    CHECK(list_empty(&s->clips));
    if (s->x)
        openai_cancel(s->x);
    telephone_destroy(s->telephone);
    list_remove(&s->bucket);
    list_remove(&s->recent);
    bytes_kept -= s->state == CLIP_READY ? s->wav.n : 0; /* counted once it is whole */
    buf_free(&s->wav);
    free(s->key);
    free(s);
}

static void make_room(void)
{
    struct sound *s;
    LIST_EACH(s, &recent, struct sound, recent) {
        if (bytes_kept <= (size_t)cfg.tts_cache_mb << 20)
            break;
        if (list_empty(&s->clips))
            destroy_sound(s);
    }
    metric_set("va_speech_bytes", "", (double)bytes_kept);
}

void clip_destroy(struct clip *c)
{
    if (!c)
        return;
    struct sound *s = c->sound;
    list_remove(&c->bucket);
    list_remove(&c->of_sound);
    free(c);
    bool unwanted = !s->key || s->state == CLIP_FAILED || (s->state == CLIP_MAKING && !s->prepared);
    if (list_empty(&s->clips) && unwanted)
        destroy_sound(s);
}

/* ---- making a sound ---- */

static void on_format(void *arg, const struct wav_format *f)
{
    struct sound *s = arg;
    uint8_t space[WAV_HEADER_SIZE] = {0};
    s->byte_ms = clock_ms() - s->began;
    s->telephone = telephone_create(f);
    buf_put(&s->wav, space, sizeof space);
}

/* Whoever says it. */
static void tell(struct sound *s)
{
    struct clip *c;
    LIST_EACH(c, &s->clips, struct clip, of_sound)
        mailbox_post(c->mail, c->event, NULL, 0);
}

static void begun(struct sound *s)
{
    if (!s->begun && s->wav.n >= WAV_HEADER_SIZE + BEGUN_BYTES) {
        s->begun = true;
        tell(s);
    }
}

static void on_audio(void *arg, const char *data, size_t n)
{
    struct sound *s = arg;
    if (s->telephone)
        telephone_put(s->telephone, data, n, &s->wav);
    begun(s);
}

static void finish_wav(struct sound *s)
{
    static const struct wav_format format = {WAV_ULAW, TELEPHONE_RATE, 1, 8};
    if (s->telephone)
        telephone_end(s->telephone, &s->wav);
    if (s->wav.n & 1)
        buf_putc(&s->wav, (char)0xff); /* chunks are even */
    wav_header(&format, (uint32_t)(s->wav.n - WAV_HEADER_SIZE), (uint8_t *)s->wav.p);
    bytes_kept += s->wav.n;
}

static void finish(struct sound *s, bool good)
{
    if (good) {
        finish_wav(s);
    } else {
        buf_free(&s->wav);
        metric_add("va_speech_failed_total", "", 1);
    }
    telephone_destroy(s->telephone);
    s->telephone = NULL;
    s->state = good ? CLIP_READY : CLIP_FAILED;
    tell(s);
    if (!good && list_empty(&s->clips))
        destroy_sound(s);
    make_room();
}

static void on_end(void *arg, const struct openai_end *end)
{
    struct sound *s = arg;
    s->x = NULL;
    s->made_ms = clock_ms() - s->began;
    bool good = !end->err && s->telephone && !s->wav.over && s->wav.n > WAV_HEADER_SIZE;
    struct openai_end told = *end;
    if (!good && !end->err)
        told.err = ERR_UPSTREAM; /* sound, but of no kind that we read */
    provider_done(s->provider, &told, s->made_ms);
    finish(s, good);
}

static void start(struct sound *s, const struct voice *v, const char *text)
{
    static const struct speech_h handlers = {on_format, on_audio, on_end};
    const char *pace = v->speed < 1   ? "Speak slowly."
                       : v->speed > 1 ? "Speak a little faster."
                                      : NULL;
    struct scope scope;
    scope_init(&scope, (uint64_t)cfg.tts_ms);
    s->began = clock_ms();
    s->provider = provider_for(ROLE_TTS);
    bool instructed =
        strncmp(s->provider->model, "gpt-", 4) == 0; /* others do not know the field */
    s->x = openai_speech(&scope, &s->provider->at,
                         &(struct speech_ask){
                             .model = s->provider->model,
                             .voice = provider_voice(s->provider, v->male, v->language),
                             .input = text,
                             .instructions = instructed ? pace : NULL,
                             .speed = fabs(v->speed - 1) > 0.001 ? v->speed : 0,
                             .total_ms = (unsigned)cfg.tts_ms,
                             .idle_ms = (unsigned)cfg.tts_ms,
                         },
                         &handlers, s);
    scope_fini(&scope);
}

static struct sound *find(const char *key)
{
    struct sound *s;
    LIST_EACH(s, bucket(sounds, key), struct sound, bucket)
        if (strcmp(s->key, key) == 0)
            return s;
    return NULL;
}

static char *key_of(const struct voice *v, const char *text)
{
    char *key;
    if (asprintf(&key, "%d|%.2f|%s|%s", v->male, v->speed, v->language, text) < 0)
        die("out of memory");
    return key;
}

/* The sound of these words, from memory or begun now. */
static struct sound *sound_for(const struct voice *v, const char *text)
{
    char *key = key_of(v, text);
    struct sound *s = find(key);
    if (s && s->state != CLIP_FAILED) {
        metric_add("va_speech_total", "from=\"memory\"", 1);
        list_remove(&s->recent);
        list_append(&recent, &s->recent);
        free(key);
        return s;
    }
    metric_add("va_speech_total", "from=\"server\"", 1);
    s = must(calloc(1, sizeof *s));
    *s = (struct sound){.key = key, .wav = BUF(SOUND_MAX)};
    list_init(&s->clips);
    list_prepend(bucket(sounds, key), &s->bucket); /* before one that failed and is still in use */
    list_append(&recent, &s->recent);
    if (provider_open(ROLE_TTS))
        s->state = CLIP_FAILED;
    else
        start(s, v, text);
    return s;
}

/* ---- public ---- */

static struct clip *use(struct sound *s, struct mailbox *mail, int event)
{
    struct clip *c = must(calloc(1, sizeof *c));
    uint8_t random[16];
    random_bytes(random, sizeof random);
    hex_encode(random, sizeof random, c->id);
    c->sound = s;
    c->waited = s->state == CLIP_MAKING;
    c->mail = mail;
    c->event = event;
    list_append(&s->clips, &c->of_sound);
    list_append(bucket(clips, c->id), &c->bucket);
    return c;
}

struct clip *clip_create(const struct voice *v, const char *text, struct mailbox *mail, int event)
{
    return use(sound_for(v, text), mail, event);
}

struct clip *clip_begin(struct mailbox *mail, int event)
{
    static const uint8_t header[WAV_HEADER_SIZE] = {0};
    struct sound *s = must(calloc(1, sizeof *s));
    *s = (struct sound){.wav = BUF(SOUND_MAX), .began = clock_ms()};
    list_init(&s->clips);
    list_init(&s->bucket);
    list_append(&recent, &s->recent);
    buf_put(&s->wav, header, sizeof header);
    return use(s, mail, event);
}

void clip_add(struct clip *c, const uint8_t *ulaw, size_t n)
{
    buf_put(&c->sound->wav, ulaw, n);
    begun(c->sound);
}

void clip_end(struct clip *c, bool good)
{
    finish(c->sound, good && c->sound->wav.n > WAV_HEADER_SIZE);
}

enum clip_state clip_state(const struct clip *c)
{
    return c->sound->state;
}

const char *clip_id(const struct clip *c)
{
    return c->id;
}

bool clip_fetched(const struct clip *c)
{
    return c->fetched_at != 0;
}

uint64_t clip_fetched_at(const struct clip *c)
{
    return c->fetched_at;
}

unsigned clip_ms(const struct clip *c)
{
    const char *ulaw;
    return (unsigned)(clip_sound(c, &ulaw) * 1000 / TELEPHONE_RATE);
}

unsigned clip_byte_ms(const struct clip *c)
{
    return c->waited ? (unsigned)c->sound->byte_ms : 0;
}

unsigned clip_making_ms(const struct clip *c)
{
    return c->waited ? (unsigned)c->sound->made_ms : 0;
}

size_t clip_sound(const struct clip *c, const char **ulaw)
{
    const struct buf *b = &c->sound->wav;
    *ulaw = b->p + (b->n > WAV_HEADER_SIZE ? WAV_HEADER_SIZE : 0);
    return b->n > WAV_HEADER_SIZE ? b->n - WAV_HEADER_SIZE : 0;
}

const char *clip_fetch(const char *id, size_t *n)
{
    struct clip *c;
    LIST_EACH(c, bucket(clips, id), struct clip, bucket) {
        if (strcmp(c->id, id) == 0 && c->sound->state == CLIP_READY) {
            if (!c->fetched_at) {
                c->fetched_at = clock_ms();
                mailbox_post(c->mail, c->event, NULL, 0);
            }
            *n = c->sound->wav.n;
            return c->sound->wav.p;
        }
    }
    return NULL;
}

void speech_prepare(const struct voice *v, const char *text)
{
    struct sound *s = sound_for(v, text);
    s->prepared = true;
    if (s->state == CLIP_FAILED && list_empty(&s->clips))
        destroy_sound(s);
}

bool speech_prepared(const struct voice *v, const char *text)
{
    char *key = key_of(v, text);
    struct sound *s = find(key);
    free(key);
    return s && s->state == CLIP_READY;
}

void speech_open(void)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        list_init(&sounds[i]);
        list_init(&clips[i]);
    }
}

void speech_close(void)
{
    for (struct sound *s; (s = LIST_FIRST(&recent, struct sound, recent));)
        destroy_sound(s);
}
