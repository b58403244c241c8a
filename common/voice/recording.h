/*
 * A call's recording, read by a task piece by piece, wherever it lies: in our store, else at Twilio.
 *
 *     struct recording_places places = {&twilio, &store};
 *     struct recording_ask ask = {.sid = sid, .name = stored_name};
 *     struct recording *rec;
 *     TRY(await_recording_open(&s, &places, &ask, &rec));
 *     do
 *         TRY(await_recording_read(&s, rec, &p, &n));      n = 0: that was all, and nothing is missing
 *     while (n && consume(p, n));
 *
 * It is closed with the scope, or before by recording_close(). The other side waits while the reader
 * does; at most two pieces are held. Twilio may answer a range, or send the whole: what was not asked
 * for is skipped here.
 *
 * Errors: ERR_MISSING (gone there; fault code "recording_gone"), ERR_RANGE (nothing lies in the range;
 * total is set), ERR_UPSTREAM (no audio, a broken answer), ERR_TIMEOUT (no answer in 8 s, 10 s without
 * a byte, or the scope's deadline), ERR_BUSY (our disk), ERR_UNPROCESSABLE (only WAV is stored).
 */
#pragma once
#include "base/scope.h"
#include "voice/store.h"
#include "voice/twilio.h"
#include <stdbool.h>
#include <stdint.h>

struct recording_places {
    const struct twilio *twilio;
    const struct store *store;
};

/* As in HTTP: first -1 means the `last` bytes at the end, last -1 to the end. */
struct byte_range {
    int64_t first, last;
};

struct recording_ask {
    const char *sid;  /* at Twilio; NULL: no longer there */
    const char *name; /* in the store; NULL: not there. It has precedence */
    bool mp3;         /* else WAV: both sides, a channel each, where it was recorded so */
    bool mono;        /* WAV that is known to be of one channel, so nobody asks for two */
    const struct byte_range *range; /* NULL: all of it */
};

struct recording_head {
    const char *type;    /* "audio/wav", "audio/mpeg" */
    bool partial;        /* the range that was asked for */
    int64_t first, last; /* the bytes that come; last -1 when total is not known */
    int64_t total;       /* of the whole, -1 when not known */
};

struct recording;
/* *out is set, and its head's total as far as known, also with ERR_RANGE; the arena's. */
enum err await_recording_open(struct scope *s, const struct recording_places *places,
                              const struct recording_ask *ask, struct recording **out) MUST_CHECK;
const struct recording_head *recording_head(const struct recording *rec);
/* The piece is the recording's until the next read. */
enum err await_recording_read(struct scope *s, struct recording *rec, const char **p,
                              size_t *n) MUST_CHECK;
void recording_close(struct recording *rec); /* may be called twice */
