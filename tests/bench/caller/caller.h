/*
 * Both ends of the system in one process with one clock: the telephone network with its callers, and the
 * servers that think and speak, with fixed latencies. So it is known to the microsecond how long a turn was in
 * the hands of the simulated servers, and the rest of it is ours.
 *
 *     struct turn *t = turn_of(caller);              what the caller says names the caller, the model's answer too
 *     POST /bench/turns {"turns", "think_ms"}        every turn's times in us; see callers.c
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/scope.h"
#include "io/httpd.h"
#include "voice/service.h"
#include <stdbool.h>
#include <stdint.h>

struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
};
extern struct config cfg;

#define CALLERS_MAX 4000

struct line;

/* The turn a caller is in: clock_us(), 0 = not yet. */
struct turn {
    uint64_t spoken;        /* the webhook with the words leaves */
    uint64_t heard, words;  /* the transcriber has the sound; its words have left */
    uint64_t asked, clause; /* the model has the question; the first clause has left it */
    uint64_t text, sound;   /* the speaker has the clause; the last byte of its sound has left */
    uint64_t begun;         /* and the first one */
    uint64_t answered, playing; /* TwiML is here; the last byte of the first clip is */
};
struct turn *turn_of(unsigned caller); /* NULL: no such caller */

/*
 * On a line nobody knows whose words are transcribed: they are "caller 0", and their turn a number of its own.
 * The sound of their answer is a tone that says which: by it the caller finds its turn.
 */
#define TONES      100
#define TONE_HZ(n) (400 + 20 * (int)((n) % TONES))
struct turn *turn_heard(unsigned number, uint64_t heard); /* its words are asked for */
struct turn *turn_numbered(unsigned number);              /* NULL: long forgotten */
struct turn *turn_of_tone(double hz, uint64_t after);     /* the last one; NULL: none */

/* upstream.c */
enum err chat_completions(struct req *r);
enum err audio_speech(struct req *r);
enum err audio_transcriptions(struct req *r);
enum err models(struct req *r);
int upstream_open(void);           /* requests that are being answered */
unsigned long upstream_left(void); /* requests that nobody waited for to their end */

/* network.c: one call. Each step is a signed request, and what follows until the network listens. */
struct call {
    struct scope scope; /* of the step under way */
    char sid[35];
    unsigned number;
    bool same_words; /* all callers get the same answers, whose sounds are shared */
    char *gather;    /* where what is said goes to; own memory */
    char *media, *media_turn, *media_token; /* instead: its media stream */
};
void call_init(struct call *c, unsigned number);
enum err await_call_answer(struct call *c);
enum err await_call_speak(struct call *c, unsigned turn); /* its times: turn_of() */
enum err await_call_repeat(struct call *c,
                           uint64_t *us); /* a turn that needs no model; until TwiML */
enum err await_call_hang_up(struct call *c);
void call_fini(struct call *c);

/* line.c: the media streams of calls, or to a server that sends back what it gets */
struct line_stats {
    unsigned long sent, sent_late; /* frames; late by more than 5 ms: our own clock */
    unsigned long heard, late;     /* frames; more than 20 ms after they should have been there */
    unsigned lost;                 /* lines */
    unsigned open;
};
bool lines_load(const char *path); /* what callers say: mu-law, 8 kHz */
/* Its socket; call NULL: an echo. -> OK once it is open; the line then lives by itself. */
enum err await_line_open(const char *url, const struct call *c, unsigned think_ms,
                         struct line **out);
enum err await_line_sound(struct line *l, unsigned ms); /* until something is heard on it */
void line_close(struct line *l);                        /* hangs up */
void lines_measure(struct buf *turns);                  /* from now on; NULL: no more */
struct line_stats lines_read(void);
enum err echo(struct req *r);

/* streams.c */
enum err streams_open(struct req *r);
enum err streams_measure(struct req *r);
enum err streams_close(struct req *r);
enum err streams_churn(struct req *r);

/* callers.c */
enum err callers_answer(struct req *r);
enum err callers_turns(struct req *r);
enum err callers_hang_up(struct req *r);

/* floors.c */
enum err floors(struct req *r);
enum err nothing(struct req *r);
