#include "listener.h"
#include "base/die.h"
#include "base/log.h"
#include "conversation.h"
#include "hearing.h"
#include <stdlib.h>
#include <string.h>

struct listener {
    struct turntaking *turns;
    struct hearing *hearing;
    struct mailbox *mail;
    const char *language, *hints;
    const struct listener_h *h;
    void *arg;
};

static void post(struct listener *l, enum event_kind kind, const struct said *s)
{
    size_t n = s ? strlen(s->text) + 1 : 0, size = s ? sizeof(struct heard) + n : 0;
    struct heard *h = s ? must(malloc(size)) : NULL;
    if (s) {
        *h = (struct heard){s->confidence, s->ended_at, s->endpoint_ms, s->stt_ms};
        memcpy(h->text, s->text, n);
    }
    if (!mailbox_post(l->mail, (int)kind, h, size))
        log_error(NULL, "listener.mailbox_full", "event", fmt_int(kind));
    free(h);
}

/* ---- what turntaking wants ---- */

static void on_voice(void *arg)
{
    struct listener *l = arg;
    l->h->voice(l->arg);
}

static void on_false_alarm(void *arg)
{
    struct listener *l = arg;
    l->h->false_alarm(l->arg);
}

static void on_barge_in(void *arg)
{
    struct listener *l = arg;
    l->h->barge_in(l->arg);
}

static unsigned on_left(void *arg)
{
    struct listener *l = arg;
    return l->h->left_ms(l->arg);
}

static void on_understood(void *arg, const struct understood *u)
{
    struct listener *l = arg;
    struct hearing *done = l->hearing;
    l->hearing = NULL;
    turntaking_words(l->turns, u->failed ? NULL : u->text, u->confidence);
    hearing_drop(done);
}

static void on_transcribe(void *arg, struct pack *yours)
{
    struct listener *l = arg;
    CHECK(!l->hearing);
    l->hearing = hearing_of_sound(yours, l->language, l->hints, on_understood, l);
}

static void on_call_off(void *arg)
{
    struct listener *l = arg;
    hearing_drop(l->hearing);
    l->hearing = NULL;
}

static void on_guess(void *arg, const struct said *s)
{
    post(arg, EV_GUESS, s);
}

static void on_unsaid(void *arg)
{
    post(arg, EV_UNSAID, NULL);
}

static void on_said(void *arg, const struct said *s)
{
    struct listener *l = arg;
    if (s->ulaw)
        l->h->said(l->arg, s->ulaw, s->ulaw_n);
    post(arg, EV_HEARD, s);
}

static void on_unheard(void *arg)
{
    post(arg, EV_UNHEARD, NULL);
}

static void on_silence(void *arg)
{
    post(arg, EV_SILENCE, NULL);
}

/* ---- public ---- */

struct listener *listener_create(struct mailbox *mail, const struct listener_h *h, void *arg)
{
    static const struct turntaking_h handlers = {
        on_voice, on_false_alarm, on_barge_in, on_left,    on_transcribe, on_call_off,
        on_guess, on_unsaid,      on_said,     on_unheard, on_silence};
    struct listener *l = must(calloc(1, sizeof *l));
    *l = (struct listener){.mail = mail, .h = h, .arg = arg, .language = "en-US"};
    l->turns = turntaking_create(&handlers, l);
    return l;
}

void listener_destroy(struct listener *l)
{
    if (!l)
        return;
    turntaking_destroy(l->turns);
    free(l);
}

void listener_set(struct listener *l, const struct listening *how, const char *language,
                  const char *hints)
{
    l->language = language;
    l->hints = hints;
    turntaking_set(l->turns, how, language);
}

void listener_put(struct listener *l, const uint8_t *ulaw, size_t n)
{
    turntaking_put(l->turns, ulaw, n);
}

void listener_mouth(struct listener *l, enum mouth m)
{
    turntaking_mouth(l->turns, m);
}
