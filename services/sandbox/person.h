/*
 * The person at one end of a media stream, 20 ms at a time, in real time: listens, speaks when the agent has
 * fallen silent, talks over it, says "mhm", coughs, presses keys and hangs up, as the script says
 * (README.md).
 *
 *     struct person *p = await_person_create(call, on_key, arg);       makes its voice: takes a moment
 *     person_hears(p, loud);                                            of the last 20 ms
 *     if (person_speaks(p, pcm)) ... send ...                           the next 20 ms; false: nothing but the line
 */
#pragma once
#include "call.h"
#include "playback.h"

#define FRAME_SAMPLES FRAME_BYTES

struct person;
typedef void person_key(void *arg, char key);

struct person *await_person_create(struct call *c, person_key *on_key, void *arg);
void person_destroy(struct person *p);
void person_hears(struct person *p, bool loud);
bool person_speaks(struct person *p, int16_t pcm[FRAME_SAMPLES]);
/* The line's noise alone, or the person's voice with it, has sound. */
bool pcm_loud(const int16_t *pcm, size_t n);
