/*
 * TwiML: what Twilio is to do next, written verb by verb into a buffer.
 *
 *     struct twiml t;
 *     twiml_begin(&t, s->arena);
 *     twiml_gather(&t, &(struct twiml_gather){.action = url, .speech = true});
 *     twiml_say(&t, "How can I help?", voice, language, NULL);
 *     twiml_end_gather(&t);
 *     twiml_hangup(&t);
 *     const struct buf *answer = twiml_finish(&t);         Content-Type: text/xml
 *
 * Any text may be given, also what a model or a caller said: it is escaped, what XML forbids is
 * dropped, invalid UTF-8 is replaced. It never becomes markup. A document over 64 kB, which Twilio
 * would refuse, becomes TWIML_APOLOGY. Attributes that are NULL, false or 0 are left out.
 */
#pragma once
#include "base/buf.h"
#include <stdbool.h>

#define TWIML_MAX   64000 /* bytes; Twilio fails a longer one (error 11750) */
#define TWIML_DEPTH 3     /* Response, Gather, Say */

/* Needs nothing: for when nothing else works. */
extern const char TWIML_APOLOGY[];

struct twiml {
    struct buf out;
    const char *open[TWIML_DEPTH]; /* names of the open elements */
    int depth;
};

void twiml_begin(struct twiml *t, struct arena *a); /* the document is the arena's */
const struct buf *twiml_finish(struct twiml *t);    /* closes what is open */

/* ---- verbs ---- */

/* voice, language: NULL = Twilio's default. rate: "slow", "fast", "90%"; NULL = as it is. */
void twiml_say(struct twiml *t, const char *text, const char *voice, const char *language,
               const char *rate);
void twiml_play(struct twiml *t, const char *url);
void twiml_pause(struct twiml *t, int seconds);
void twiml_redirect(struct twiml *t, const char *url);
void twiml_hangup(struct twiml *t);
void twiml_reject(struct twiml *t, const char *reason); /* "rejected", "busy"; the only verb */

/* Say, Play and Pause between gather and end_gather are cut short by what the caller says. */
struct twiml_gather {
    const char *action;
    bool speech, dtmf;          /* at least one */
    int timeout;                /* seconds of silence before it gives up */
    const char *speech_timeout; /* "auto" or seconds */
    const char *speech_model, *language, *hints;
    int digits;             /* ends after so many */
    const char *finish_key; /* "" = none, NULL = # */
    bool action_on_empty;   /* calls action also when nothing was said */
    bool no_barge_in;       /* what is inside is played to its end */
    bool keep_profanity;
};
void twiml_gather(struct twiml *t, const struct twiml_gather *g);
void twiml_end_gather(struct twiml *t);

/* Records what the caller says, until so much silence or a key; action is called only if there was
 * something: the next verb is for the caller who was silent. */
struct twiml_record {
    const char *action;
    int silence, max_seconds;
};
void twiml_record(struct twiml *t, const struct twiml_record *r);

/* Records the whole call while the later verbs run. The callback must be an absolute URL. */
void twiml_start_recording(struct twiml *t, const char *status_callback);

/* The call is the media socket's until that is closed; then action is asked what follows. */
struct twiml_stream {
    const char *action, *url;
    const char *turn, *token; /* told to the socket as parameters */
};
void twiml_connect_stream(struct twiml *t, const struct twiml_stream *s);

struct twiml_dial {
    const char *number; /* E.164 */
    const char *caller_id, *action;
    int timeout, limit_seconds;
    const char *whisper; /* URL: TwiML for the callee before the two are connected */
    const char *status_callback;
};
void twiml_dial(struct twiml *t, const struct twiml_dial *d);
