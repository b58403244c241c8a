/*
 * What a person on a media stream hears next: mu-law in the order it came, and the marks between. Time is
 * what one takes: a frame of 20 ms each.
 *
 *     playback_put(&p, mulaw, n);  playback_mark(&p, "said-1");         as they come from the socket
 *     n = playback_take(&p, frame);                                     every 20 ms; 0: silence
 *     while ((name = playback_reached(&p))) ...                         marks that were reached, or cleared
 */
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include <stdbool.h>
#include <stdint.h>

#define FRAME_BYTES  160
#define FRAME_MS     20
#define PLAYBACK_MAX (5u * 60 * 8000) /* beyond, sound is lost (31931) */
#define MARKS_MAX    1000

struct playback {
    struct buf bytes;
    uint64_t taken; /* bytes heard so far */
    struct list marks;
    unsigned pending; /* marks */
    char *reached;    /* the last one told */
};

void playback_init(struct playback *p);
void playback_fini(struct playback *p);
bool playback_put(struct playback *p, const uint8_t *mulaw, size_t n); /* false: no room, lost */
bool playback_mark(struct playback *p, const char *name);              /* false: too many */
void playback_clear(struct playback *p);
/* Fills the frame up with silence; how many bytes of it are sound of the agent. */
size_t playback_take(struct playback *p, uint8_t frame[FRAME_BYTES]);
const char *playback_reached(struct playback *p); /* NULL: none; good until the next call */
