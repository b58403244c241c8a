/*
 * Listens to the caller of a conversation on a living line: sound in frames of mu-law comes in, and what it
 * means goes into the conversation's mailbox: EV_HEARD, EV_GUESS and EV_UNSAID, EV_UNHEARD, EV_SILENCE. What
 * must happen at once to our own voice goes to its owner, a front.
 *
 *     struct listener *l = listener_create(&c->mail, &handlers, self);
 *     listener_set(l, &agent->listening, agent->language, agent->hints);    once the agent is known
 *     listener_put(l, ulaw, n);                       the caller's sound, as it comes, 8 kHz
 *     listener_mouth(l, MOUTH_SPEAKS);                whenever it changes; not while voice() keeps it silent
 *     listener_destroy(l);
 *
 * The handlers are those of turntaking.h (voice, false_alarm, barge_in, left_ms), called from within
 * listener_put(), listener_mouth() or the task of a transcription; they must not await. Each voice() is
 * followed by one false_alarm() or barge_in(); EV_HEARD and EV_UNHEARD are posted after barge_in().
 */
#pragma once
#include "turntaking.h"

struct listener_h {
    void (*voice)(void *arg);       /* perhaps a barge-in: be silent, lose nothing */
    void (*false_alarm)(void *arg); /* it was none: go on where you were */
    void (*barge_in)(void *arg);    /* it is: post EV_BARGE_IN with what was heard */
    /* The sound of what EV_HEARD is about to tell, borrowed; when all of it is there. */
    void (*said)(void *arg, const uint8_t *ulaw, size_t n);
    unsigned (*left_ms)(
        void *arg); /* of what is to be said, if nobody speaks; UINT_MAX: not known */
};

struct mailbox;
struct listener;
struct listener *listener_create(struct mailbox *mail, const struct listener_h *h, void *arg);
void listener_destroy(struct listener *l); /* NULL is fine */
/* The texts are borrowed; hints may be NULL. */
void listener_set(struct listener *l, const struct listening *how, const char *language,
                  const char *hints);
void listener_put(struct listener *l, const uint8_t *ulaw, size_t n);
void listener_mouth(struct listener *l, enum mouth m);
