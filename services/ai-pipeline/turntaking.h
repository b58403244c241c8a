/*
 * Whose turn it is, by what is heard of the caller: when a voice begins, whether it wants to speak or only
 * nods ("mhm"), where what it says may be over, and where it is. Sound comes in, decisions go out; who
 * transcribes is the owner's business. Time is counted in frames, so it does not matter when they arrive.
 *
 *     struct turntaking *t = turntaking_create(&handlers, self);
 *     turntaking_set(t, &listening, "en-US");
 *     turntaking_put(t, ulaw, n);                   the caller's sound, as it comes
 *     turntaking_mouth(t, MOUTH_SPEAKS);            what we are doing
 *     turntaking_words(t, "Yes, please.", 0.9);     the answer to transcribe()
 *     turntaking_destroy(t);
 *
 * 4 KB; while somebody speaks, 8 KB a second, a minute at most. The handlers are called from within
 * turntaking_put(), _mouth() and _words(), and may call turntaking_mouth().
 */
#pragma once
#include "ear.h"

struct listening;

enum mouth {
    MOUTH_THINKS, /* we have nothing to say just now, but shall */
    MOUTH_SPEAKS,
    MOUTH_BOUND, /* speaks, and must not be interrupted: what is said meanwhile waits */
    MOUTH_WAITS, /* all has been said: it is the caller's turn */
};

struct said {
    const char *text;
    double confidence;    /* < 0: not told */
    uint64_t ended_at;    /* clock_ms(): when the caller fell silent */
    unsigned endpoint_ms; /* so long it took to be sure of that */
    unsigned stt_ms;      /* and so long, after it, to have the words */
    const uint8_t *ulaw;  /* its sound, borrowed; NULL: not all of it is there any more */
    size_t ulaw_n;
};

struct turntaking_h {
    /* Somebody speaks, perhaps: be silent, but lose nothing. Then one of the next two comes. */
    void (*voice)(void *arg);
    void (*false_alarm)(void *arg); /* it was noise, or a nod: go on where you were */
    void (*barge_in)(void *arg);    /* it is the caller's turn: what was being said is over */
    /* How long it takes until all has been said, were we not silent; UINT_MAX: nobody knows. */
    unsigned (*left_ms)(void *arg);
    void (*transcribe)(void *arg, struct pack *yours); /* answered once, unless called off */
    void (*call_off)(void *arg);
    void (*guess)(void *arg,
                  const struct said *s); /* perhaps that was all; then said() or unsaid() */
    void (*unsaid)(void *arg);           /* the guess was wrong: the caller goes on */
    void (*said)(void *arg, const struct said *s);
    void (*unheard)(void *arg); /* something was said that nobody could transcribe */
    void (*silence)(void *arg); /* it is the caller's turn, and nothing has come */
};

struct turntaking;
struct turntaking *turntaking_create(const struct turntaking_h *h, void *arg);
void turntaking_destroy(struct turntaking *t);
void turntaking_set(struct turntaking *t, const struct listening *l, const char *language);
void turntaking_put(struct turntaking *t, const uint8_t *ulaw, size_t n);
void turntaking_mouth(struct turntaking *t, enum mouth m);
void turntaking_words(struct turntaking *t, const char *text, double confidence); /* NULL: failed */
