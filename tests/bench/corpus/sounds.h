/*
 * The sounds of a corpus of callers: voices by espeak-ng as a telephone carries them, coughs, clicks, hum,
 * hiss, a room of other people. 8 kHz, the same each time.
 *
 *     sounds_open();
 *     struct sound s = sound_say("de+f3", "Ich suche ein Haus.", 3000);      samples are malloc's; level: RMS of what is loud
 *     sound_mix(&line, at, &s);
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SOUNDS_RATE 8000

struct sound {
    float *x;
    size_t n;
};

enum noise { NOISE_NONE, NOISE_HISS, NOISE_HUM, NOISE_CAR, NOISE_BABBLE, NOISE_CLICKS, NOISES };
extern const char *const noise_names[NOISES];

void sounds_open(void);
double sounds_random(void); /* 0..1, the same series each time */
void sounds_seed(unsigned seed);

struct sound sound_new(size_t n);
void sound_free(struct sound *s);
void sound_mix(struct sound *into, size_t at, const struct sound *s, double times);
struct sound sound_say(const char *voice, const char *text, double level);
struct sound sound_cough(double level);
struct sound sound_bang(double level); /* a door, a receiver put down */
/* Over all of it; level: RMS. */
void sound_add_noise(struct sound *into, size_t from, size_t to, enum noise kind, double level);
void sound_ulaw(const struct sound *s, uint8_t *out);
