/*
 * A client of OpenAI's Realtime API (its GA protocol): a model that hears and speaks by itself. One session
 * is one conversation; sound is mu-law of 8 kHz both ways, so a telephone's frames pass through unchanged.
 *
 *     struct realtime *r = realtime_open(&ask, &handlers, self);
 *     realtime_hear(r, ulaw, n);                the caller's sound, as it comes
 *     ... voice(true), voice(false), spoke: then realtime_answer(r) ...
 *     ... sound*, words*, tool*, answered; `heard` comes late, often amid the answer ...
 *     realtime_cut(r, ms);                      the caller has talked over it, having heard so much of it
 *     realtime_close(r);                        from anywhere; nothing comes after it
 *
 * Turns are taken by us: the model answers when it is told to, and is not interrupted by itself, so that
 * whoever owns the conversation stays its master. Handlers are called on the loop's stack.
 *
 * Errors of closed(): ERR_TIMEOUT (no session in time), ERR_FORBIDDEN, ERR_LIMITED, ERR_UNPROCESSABLE (the
 * settings were refused), ERR_UPSTREAM (the connection is gone, or takes less than we have to say).
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>
#include <stddef.h>

struct js;
struct realtime;
struct realtime_ask {
    const char *url;     /* "wss://api.openai.com/v1/realtime"; the model is added */
    const char *api_key; /* NULL or "": none is sent */
    const char *model, *voice;
    double speed; /* 0.25 to 1.5; 0 = left out */
    const char *instructions;
    const struct js *tools; /* as a chat's; borrowed for the call; NULL = none */
    const char *stt_model;  /* that writes down what the caller says */
    const char *language;   /* "en-US" or "en"; NULL = it guesses */
    unsigned silence_ms;    /* ends what the caller says; 0 = the server's default */
    unsigned max_tokens;    /* of one answer; 0 = left out */
    unsigned open_ms;       /* the session is ready by then, or closed */
};

struct realtime_h {
    void (*ready)(void *arg);
    void (*voice)(void *arg, bool began); /* somebody speaks, or has stopped */
    void (*spoke)(void *arg);             /* the caller's turn is over */
    /* What it was in words, borrowed; NULL: nobody could tell. Of the turns in their order. */
    void (*heard)(void *arg, const char *text);
    void (*sound)(void *arg, const uint8_t *ulaw, size_t n);
    void (*words)(void *arg, const char *text); /* of that sound; borrowed */
    /* The answer waits: realtime_result(), then realtime_answer(). The arguments are the model's invention. */
    void (*tool)(void *arg, const char *id, const char *name, const char *arguments);
    void (*answered)(void *arg, enum err e); /* to its end, or cut, or (e) not */
    void (*closed)(void *arg, enum err e);   /* the last one; not after realtime_close() */
};

struct realtime *realtime_open(const struct realtime_ask *ask, const struct realtime_h *h,
                               void *arg);
void realtime_hear(struct realtime *r, const uint8_t *ulaw, size_t n); /* before ready(): dropped */
void realtime_answer(struct realtime *r);
/* Said or typed by somebody, beside the sound: "user", "assistant" or "system". */
void realtime_tell(struct realtime *r, const char *role, const char *text);
void realtime_result(struct realtime *r, const char *id, const char *result);
/* Stops an answer that is being made; of its sound the caller has heard so much. */
void realtime_cut(struct realtime *r, unsigned heard_ms);
void realtime_close(struct realtime *r); /* NULL is fine */
