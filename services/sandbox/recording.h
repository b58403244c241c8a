/*
 * Recordings. One that runs is a window on the call's sounds; when it stops it takes references to the
 * clips in its window and its WAV is mixed when somebody fetches it. At most 500 are kept and 96 MiB
 * of sound; the oldest lose theirs first.
 */
#pragma once
#include "call.h"

enum recording_status { RECORDING_RUNS, RECORDING_DONE, RECORDING_ABSENT };

struct recording {
    struct list link, in_call; /* in_call: while it runs */
    char sid[SID_TEXT], call_sid[SID_TEXT];
    enum recording_status status;
    const char *source;
    int channels;
    bool person_only;
    uint64_t started_wall;
    unsigned start_ms, end_ms; /* the call's own time */
    char url[2048], method[8]; /* of the callback; "" = none */
    bool tell_start, tell_end, tell_absent;
    struct list sounds;
    size_t bytes;
};

/* events: space-separated; NULL = completed. */
struct recording *recording_start(struct call *c, const char *source, int channels,
                                  const struct hook *callback, const char *events);
void recording_stop(struct call *c, struct recording *r);
void recordings_stop(struct call *c);
struct recording *recording_find(const char *sid);
void recording_delete(struct recording *r);
void recordings_reset(void);
extern struct list recordings; /* newest first */

unsigned recording_seconds(const struct recording *r);
const char *recording_url(struct arena *a, const struct recording *r);
/* 8 kHz WAV in the buffer: channel 1 the person, channel 2 the agent; mixed when channels is 1. */
void recording_wav(const struct recording *r, int channels, struct buf *out);
