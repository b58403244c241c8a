/*
 * A client of OpenAI's Realtime API (its GA protocol): a model that hears and speaks by itself. One session
 * is one conversation; sound is mu-law of 8 kHz both ways, so a telephone's passes through unchanged.
 *
 *     struct realtime *r = realtime_open(&ask, &handlers, self);
 *     realtime_said(r, ulaw, n);                what the caller has said
 *     realtime_answer(r);
 *     ... sound*, words*, tool*, answered ...
 *     realtime_cut(r, ms);                      the caller has talked over it, having heard so much of it
 *     realtime_close(r);                        from anywhere; nothing comes after it
 *
 * Turns are taken by us: the model is given whole utterances, and answers when it is told to, so that
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
    unsigned max_tokens;    /* of one answer; 0 = left out */
    unsigned open_ms;       /* the session is ready by then, or closed; 0 = 5 s */
};

struct realtime_h {
    void (*ready)(void *arg);
    void (*sound)(void *arg, const uint8_t *ulaw, size_t n);
    void (*words)(void *arg, const char *text); /* of that sound; borrowed */
    /* The answer waits: realtime_result(), then realtime_answer(). The arguments are the model's invention. */
    void (*tool)(void *arg, const char *id, const char *name, const char *arguments);
    void (*answered)(void *arg, enum err e); /* to its end, or (e) not; not after realtime_cut() */
    void (*closed)(void *arg, enum err e);   /* the last one; not after realtime_close() */
};

/* What is told before ready() is lost. */
struct realtime *realtime_open(const struct realtime_ask *ask, const struct realtime_h *h,
                               void *arg);
void realtime_said(struct realtime *r, const uint8_t *ulaw, size_t n);
/* Said or typed by somebody, in words: "user", "assistant" or "system". */
void realtime_tell(struct realtime *r, const char *role, const char *text);
void realtime_result(struct realtime *r, const char *id, const char *result);
void realtime_answer(struct realtime *r);
/* Stops an answer that is being made; of its sound the caller has heard so much. */
void realtime_cut(struct realtime *r, unsigned heard_ms);
void realtime_close(struct realtime *r); /* NULL is fine */
