/*
 * Our voice in a stream: clips one after another, also while they are still being made, sent ahead of real
 * time by a bounded lead. Marks say what has been heard; silenced, it knows where it was.
 *
 *     struct speaker m;
 *     speaker_init(&m, media, clip_of, self);      clip_of(self, n): the n-th clip, NULL: not there (yet)
 *     speaker_pump(&m);                            whenever there may be more to send, and every 20 ms
 *     speaker_marked(&m, name);                    a mark has come back
 *     speaker_hush(&m); speaker_resume(&m);          silent at once; goes on where it was
 *     speaker_stop(&m);                            silent for good, unless there are other clips
 *     speaker_begin(&m, 0);                        the same, and from now on it is at this clip
 *
 * Clip -1 is a word in between (speaker_aside()); nobody counts it as heard.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPEAKER_SENT 40 /* pieces of sound on their way, of 20 ms at least */

struct clip;
struct media;
typedef struct clip *speaker_clip(void *arg, int n);

struct speaker {
    struct media *out;
    speaker_clip *clip_of;
    void *arg;
    int at; /* the clip that is being sent */
    size_t at_byte;
    struct clip *aside; /* borrowed; NULL: none */
    size_t aside_byte;
    uint64_t end_us; /* when all that has been sent will have been played; clock_us() */
    bool hushed;
    unsigned era; /* counts what was thrown away: marks of an earlier one prove nothing */
    struct {
        int clip;
        size_t from, n;
    } sent[SPEAKER_SENT]; /* the last of them, a ring */
    unsigned n_sent;
    int heard; /* clips, by their marks; and of the one after them: */
    unsigned heard_ms;
};

void speaker_init(struct speaker *m, struct media *out, speaker_clip *clip_of, void *arg);
bool speaker_pump(struct speaker *m); /* false: the clip has failed */
void speaker_marked(struct speaker *m, const char *name);
void speaker_hush(struct speaker *m);
void speaker_resume(struct speaker *m);
void speaker_stop(struct speaker *m);
void speaker_begin(struct speaker *m, int at);
void speaker_aside(struct speaker *m, struct clip *c);
unsigned
speaker_ahead_ms(const struct speaker *m);    /* of sound that was sent and is not played yet */
bool speaker_hungry(const struct speaker *m); /* there may be something to send within 20 ms */
