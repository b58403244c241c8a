/*
 * Is the caller speaking? Of what vad.h finds in each frame, what is the caller and not the room: a voice begins when
 * enough of the last frames have one, and while it lasts whatever is far below it is somebody else, or nobody. Long
 * sounds that had no words are remembered.
 *
 *     presence_put(&p, pcm);
 *     if (presence_begins(&p)) presence_open(&p);         from here on it lasts
 *     ... presence_lasts(&p, quiet frames so far) ...
 *     presence_close(&p);
 */
#pragma once
#include "vad.h"

struct presence {
    struct vad vad;
    unsigned loud, voiced;     /* a bit per frame, the newest is the lowest */
    unsigned loud_n, voiced_n; /* frames, since it began */
    unsigned run;              /* of them, without a breath */
    /* private; levels in dB */
    bool open;
    float peak, sum; /* its loudest, and of all that are loud */
    float caller;    /* who has spoken so far, on average; 0: not known */
    float noise;     /* the last long sound that had no words */
};

void presence_init(struct presence *p);
void presence_put(struct presence *p, const int16_t pcm[VAD_FRAME]);
bool presence_begins(const struct presence *p);
bool presence_lasts(const struct presence *p, unsigned quiet);
void presence_open(struct presence *p);
void presence_close(struct presence *p);
/* What it was, before it is closed: the caller, or a sound of the room. */
void presence_was_caller(struct presence *p);
void presence_was_room(struct presence *p);
