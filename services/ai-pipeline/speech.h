/*
 * Speech: sentences to clips of telephone sound. Sounds are made concurrently, kept by voice, speed,
 * language and text in bounded memory (least recently used out first) and shared; a clip is one use
 * of a sound in one conversation, with an id that cannot be guessed.
 *
 *     struct clip *c = clip_create(&agent->voice, "Hello.", &mailbox, EV_SOUND);
 *     ... an event EV_SOUND when a sound that was not ready has begun, has become ready or failed, and when it
 *     is fetched for the first time ...
 *     clip_state(c), clip_fetch(clip_id(c), &n)
 *     clip_destroy(c);                  cancels the synthesis when nobody else waits for it
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIP_ID 33 /* 128 bits in hex, and NUL */

struct mailbox;
struct voice {
    const char *language;
    bool male;
    double speed;
};

enum clip_state { CLIP_MAKING, CLIP_READY, CLIP_FAILED };
struct clip;

struct clip *clip_create(const struct voice *v, const char *text, struct mailbox *mail, int event);
void clip_destroy(struct clip *c); /* NULL is fine */
/* A sound that somebody makes elsewhere, mu-law at 8 kHz: nobody else's, and not kept. */
struct clip *clip_begin(struct mailbox *mail, int event);
void clip_add(struct clip *c, const uint8_t *ulaw, size_t n);
void clip_end(struct clip *c, bool good);
enum clip_state clip_state(const struct clip *c);
const char *clip_id(const struct clip *c);
bool clip_fetched(const struct clip *c);
uint64_t clip_fetched_at(const struct clip *c); /* clock_ms(), for the first time; 0: not yet */
unsigned clip_ms(const struct clip *c);         /* how long it sounds, as far as it is made */
/* What its making took, to the first byte and in all; 0: the sound was there already. */
unsigned clip_byte_ms(const struct clip *c);
unsigned clip_making_ms(const struct clip *c);

/* What is there by now, mu-law at 8 kHz; borrowed until the next await. Grows until the clip is ready. */
size_t clip_sound(const struct clip *c, const char **ulaw);

/* A whole WAV file; it is borrowed until the next await. Marks the clip as fetched. NULL: no such clip. */
const char *clip_fetch(const char *id, size_t *n);

/* Make a sound ahead of need; the second call says whether it is there. */
void speech_prepare(const struct voice *v, const char *text);
bool speech_prepared(const struct voice *v, const char *text);

void speech_open(void);
void speech_close(void);
