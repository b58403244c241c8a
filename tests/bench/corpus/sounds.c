#include "sounds.h"
#include "base/buf.h"
#include "base/die.h"
#include "telephone.h"
#include "voice/wav.h"
#include "wideband.h"
#include <espeak-ng/speak_lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAYING_MAX (60u << 20)
#define TALKERS    6
#define BABBLE_S   12
#define GATE       0.1 /* of the loudest frame: what is less is no part of a voice's level */
#define FRAME      160

const char *const noise_names[NOISES] = {"none", "hiss", "hum", "car", "babble", "clicks"};

static unsigned rate;
static struct buf spoken = {.p = (char *)"", .max = SAYING_MAX};
static uint64_t seed = 1;

void sounds_seed(unsigned s)
{
    seed = s * 2654435761u + 1;
}

double sounds_random(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 33) / (double)(1u << 31);
}

static double normal(void)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += sounds_random() - 0.5;
    return sum;
}

/* ---- sounds ---- */

struct sound sound_new(size_t n)
{
    return (struct sound){must(calloc(n + 1, sizeof(float))), n};
}

void sound_free(struct sound *s)
{
    free(s->x);
    *s = (struct sound){0};
}

void sound_mix(struct sound *into, size_t at, const struct sound *s, double times)
{
    for (size_t i = 0; i < s->n && at + i < into->n; i++)
        into->x[at + i] += (float)(times * s->x[i]);
}

/* RMS of the frames that are not silent. */
static double level_of(const struct sound *s)
{
    double loudest = 0, sum = 0;
    size_t frames = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t f = 0; f + FRAME <= s->n; f += FRAME) {
            double e = 0;
            for (size_t i = 0; i < FRAME; i++)
                e += (double)s->x[f + i] * s->x[f + i];
            e = sqrt(e / FRAME);
            if (pass == 0) {
                loudest = fmax(loudest, e);
            } else if (e > GATE * loudest) {
                sum += e * e;
                frames++;
            }
        }
    return frames ? sqrt(sum / (double)frames) : 0;
}

static void set_level(struct sound *s, double level)
{
    double own = level_of(s);
    for (size_t i = 0; i < s->n && own > 0; i++)
        s->x[i] *= (float)(level / own);
}

/* ---- voices ---- */

static int on_samples(short *samples, int n, espeak_EVENT *events)
{
    (void)events;
    if (samples && n > 0)
        buf_put(&spoken, samples, (size_t)n * sizeof *samples);
    return 0;
}

void sounds_open(void)
{
    setenv("PULSE_SERVER", "unix:/dev/null", 1);
    int got = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, espeakINITIALIZE_DONT_EXIT);
    CHECK(got > 0);
    rate = (unsigned)got;
    espeak_SetSynthCallback(on_samples);
}

/* A telephone has no lows: two poles at 250 Hz. */
static void thin(struct sound *s)
{
    for (int pass = 0; pass < 2; pass++) {
        float low = 0, a = (float)(1 - exp(-2 * M_PI * 250 / SOUNDS_RATE));
        for (size_t i = 0; i < s->n; i++) {
            low += a * (s->x[i] - low);
            s->x[i] -= low;
        }
    }
}

/* Without the silence at its ends. */
static void trim(struct sound *s)
{
    float most = 0;
    size_t from = 0, to = s->n;
    for (size_t i = 0; i < s->n; i++)
        most = fmaxf(most, fabsf(s->x[i]));
    while (from < to && fabsf(s->x[from]) < 0.02f * most)
        from++;
    while (to > from && fabsf(s->x[to - 1]) < 0.02f * most)
        to--;
    memmove(s->x, s->x + from, (to - from) * sizeof *s->x);
    s->n = to - from;
}

struct sound sound_say(const char *voice, const char *text, double level)
{
    struct wav_format format = {WAV_PCM, rate, 1, 16};
    struct telephone *t = must(telephone_create(&format));
    struct buf ulaw = BUF(SAYING_MAX);
    buf_reset(&spoken);
    CHECK(espeak_SetVoiceByName(voice) == EE_OK);
    espeak_SetParameter(espeakRATE, 150 + (int)(40 * sounds_random()), 0);
    espeak_Synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, NULL);
    telephone_put(t, spoken.p, spoken.n, &ulaw);
    telephone_end(t, &ulaw);
    telephone_destroy(t);
    struct sound s = sound_new(ulaw.n);
    int16_t *pcm = must(malloc(ulaw.n * sizeof *pcm));
    wideband_pcm((const uint8_t *)ulaw.p, ulaw.n, pcm);
    for (size_t i = 0; i < s.n; i++)
        s.x[i] = pcm[i];
    free(pcm);
    buf_free(&ulaw);
    thin(&s);
    trim(&s);
    set_level(&s, level);
    return s;
}

/* ---- noises ---- */

/* Two bursts of breath, coloured by a throat, that die away. */
struct sound sound_cough(double level)
{
    struct sound s = sound_new((size_t)((0.25 + 0.25 * sounds_random()) * SOUNDS_RATE));
    double y1 = 0, y2 = 0, hz = 700 + 900 * sounds_random(), r = 0.85;
    size_t second = s.n / 2;
    for (size_t i = 0; i < s.n; i++) {
        double t = (double)(i < second ? i : i - second) / SOUNDS_RATE;
        double y = normal() + 2 * r * cos(2 * M_PI * hz / SOUNDS_RATE) * y1 - r * r * y2;
        y2 = y1;
        y1 = y;
        s.x[i] = (float)((i < second ? 1 : 0.6) * fmin(1, t / 0.01) * exp(-t / 0.08) * y);
    }
    set_level(&s, level);
    return s;
}

struct sound sound_bang(double level)
{
    struct sound s = sound_new(SOUNDS_RATE / 5);
    for (size_t i = 0; i < s.n; i++) {
        double t = (double)i / SOUNDS_RATE;
        s.x[i] = (float)(exp(-t / 0.03) * (normal() + 2 * sin(2 * M_PI * 140 * t)));
    }
    set_level(&s, level);
    return s;
}

static struct sound *babble(void)
{
    static const char *const talkers[TALKERS][2] = {
        {"en-us+m3", "So I told him that we would rather have dinner at home than go out again."},
        {"en-gb-x-rp+f2",
         "The last train leaves at eleven, and there is no other one before six o'clock."},
        {"en-us+f4",
         "They have painted all of the rooms in a very light kind of green, it looks fine."},
        {"de+m2", "Morgen fahren wir mit den Kindern an die See, wenn das Wetter so bleibt."},
        {"fr+f1", "Il faudrait encore acheter du pain, des fruits et un peu de fromage."},
        {"en-gb-x-rp+m5",
         "What was the name of the restaurant that you went to with your sister?"}};
    static struct sound room;
    if (room.n)
        return &room;
    room = sound_new(BABBLE_S * SOUNDS_RATE);
    for (int i = 0; i < TALKERS; i++) {
        struct sound s = sound_say(talkers[i][0], talkers[i][1], 1);
        for (size_t at = (size_t)i * 5000; at < room.n; at += s.n + 3000)
            sound_mix(&room, at, &s, 1);
        sound_free(&s);
    }
    set_level(&room, 1);
    return &room;
}

static double noise_at(enum noise kind, size_t i, float *memory)
{
    double t = (double)i / SOUNDS_RATE;
    switch (kind) {
    case NOISE_HISS:
        return normal();
    case NOISE_HUM:
        return 1.1 * sin(2 * M_PI * 50 * t) + 0.7 * sin(2 * M_PI * 150 * t) +
               0.4 * sin(2 * M_PI * 250 * t) + 0.05 * normal();
    case NOISE_CAR:
        return 4.5 * (*memory += 0.05f * ((float)normal() - *memory)) + 0.25 * normal();
    case NOISE_BABBLE:
        return babble()->x[i % babble()->n];
    case NOISE_CLICKS: /* three a second */
        *memory = sounds_random() < 3.0 / SOUNDS_RATE ? 12 : *memory * 0.85f;
        return *memory * normal() + 0.1 * normal();
    default:
        return 0;
    }
}

void sound_add_noise(struct sound *into, size_t from, size_t to, enum noise kind, double level)
{
    float memory = 0;
    for (size_t i = from; i < to && i < into->n; i++)
        into->x[i] += (float)(level * noise_at(kind, i, &memory));
}

void sound_ulaw(const struct sound *s, uint8_t *out)
{
    struct wav_format format = {WAV_PCM, SOUNDS_RATE, 1, 16};
    struct telephone *t = must(telephone_create(&format));
    struct buf ulaw = BUF(s->n + 1);
    for (size_t i = 0; i < s->n; i++) {
        int16_t pcm = (int16_t)fmaxf(-32768, fminf(32767, s->x[i]));
        telephone_put(t, (char *)&pcm, sizeof pcm, &ulaw);
    }
    memcpy(out, ulaw.p, s->n);
    telephone_destroy(t);
    buf_free(&ulaw);
}
