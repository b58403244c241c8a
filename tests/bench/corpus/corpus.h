/*
 * Callers on lines of all kinds, played to turntaking.h with a transcription that knows what was said:
 * each scene is one call with a truth, and what was decided is counted right or wrong.
 *
 *     corpus_run(SCENES_FEW, &tally);
 *     corpus_print(&tally);
 */
#pragma once
#include "sounds.h"
#include <stdint.h>
#include <stdio.h>

#define STT_FRAMES 15 /* what a transcription takes: 300 ms */
#define VALUES_MAX 20000
#define CONDITIONS 12
#define PAUSES     4

struct figures {
    int n;
    short values[VALUES_MAX]; /* ms */
};

/* Of one kind of line. */
struct counts {
    char name[32];
    int turns, turns_right, early, late,
        lost; /* cut amid what was said; told after more than 2 s; never */
    int over, over_right,
        over_slow; /* talked over us: we were interrupted; silent only after 200 ms */
    int nods, nods_right, nod_stops; /* we went on; had been silent for it */
    int noises, noises_right, noise_stops;
    int requests, spoken; /* transcriptions, and what was said */
};

extern const int pauses_ms[PAUSES];
struct tally {
    struct counts by[CONDITIONS];
    int n;
    struct figures endpoint_ms[PAUSES + 1], voice_ms, decided_ms, nod_ms, noise_ms;
    int pauses[PAUSES],
        cut[PAUSES]; /* within turns, by their length; where the turn was taken for over */
    uint64_t frames, us;
};

enum scenes { SCENES_FEW, SCENES_ALL };
void corpus_run(enum scenes which, struct tally *t);
void corpus_print(struct tally *t);
int figures_at(struct figures *f, double part);
