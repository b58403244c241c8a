#include "ahead.h"
#include "agent.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/metric.h"
#include "brain.h"
#include "conversation.h"
#include "history.h"
#include "pipeline.h"
#include "think.h"
#include "tools.h"
#include <stdlib.h>
#include <string.h>

#define WORDS_ARENA (64u << 10)

struct ahead {
    char *guess, *told; /* what the caller said, and what we had said before it */
    int seq;            /* of the next turn, when it was begun */
    unsigned serial;
    struct brain *brain;
    struct clip *clip;  /* of the first sentence */
    struct list events; /* of the brain */
    uint64_t began, token_at, sentence_at;
};

/* What the caller has heard of the reply, as it would be put down now. */
static char *told_now(struct conversation *c)
{
    struct arena *a = arena_create(WORDS_ARENA);
    c->front->heard(c, true);
    char *told = must(strdup(history_reply(a, c)));
    arena_destroy(a);
    return told;
}

static void destroy(struct ahead *a)
{
    for (struct event *ev; (ev = LIST_FIRST(&a->events, struct event, link));) {
        list_remove(&ev->link);
        event_free(ev);
    }
    clip_destroy(a->clip);
    free(a->guess);
    free(a->told);
    free(a);
}

void ahead_drop(struct conversation *c)
{
    struct ahead *a = c->ahead;
    if (!a)
        return;
    c->ahead = NULL;
    metric_add("va_ahead_total", "end=\"dropped\"", 1);
    brain_cancel(a->brain);
    destroy(a);
}

void ahead_begin(struct conversation *c, const char *guess)
{
    struct scope s;
    ahead_drop(c);
    struct ahead *a = c->ahead = must(calloc(1, sizeof *a));
    list_init(&a->events);
    a->guess = must(strdup(guess));
    a->told = told_now(c);
    a->seq = c->seq;
    a->serial = ++c->serials;
    a->began = clock_ms();
    scope_init_sized(&s, (uint64_t)cfg.llm_total_ms, 1u << 20);
    scope_trace(&s, c->trace);
    a->brain = brain_ask(&s, history_messages(&s, c, guess),
                         tools_offer(&s, c->agent->transfer_to != NULL), &c->mail, a->serial);
    scope_fini(&s);
}

bool ahead_fits(struct conversation *c, const char *text)
{
    const struct ahead *a = c->ahead;
    if (!a || a->seq != c->seq || strcmp(a->guess, text) != 0)
        return false;
    char *told = told_now(c);
    bool same = strcmp(a->told, told) == 0;
    free(told);
    return same;
}

static unsigned serial_of(const struct event *ev)
{
    unsigned serial; /* comes first in each */
    memcpy(&serial, ev->data, sizeof serial);
    return serial;
}

static void keep(struct ahead *a, const struct event *ev)
{
    struct event *copy = must(malloc(sizeof *ev + ev->n + 1));
    memcpy(copy, ev, sizeof *ev + ev->n + 1);
    list_append(&a->events, &copy->link);
}

bool ahead_event(struct conversation *c, const struct event *ev)
{
    struct ahead *a = c->ahead;
    bool of_brain = ev->kind >= EV_FIRST_TOKEN && ev->kind <= EV_BRAIN_END;
    if (!a || !of_brain || serial_of(ev) != a->serial)
        return false;
    if (ev->kind == EV_BRAIN_END && ((const struct brain_end *)ev->data)->err) {
        ahead_drop(c); /* it is asked again when it is certain */
        return true;
    }
    if (ev->kind == EV_FIRST_TOKEN)
        a->token_at = clock_ms();
    if (ev->kind == EV_SENTENCE && !a->sentence_at) {
        a->sentence_at = clock_ms();
        a->clip = clip_create(&c->agent->voice, ((const struct brain_words *)ev->data)->text,
                              &c->mail, EV_SOUND);
    }
    keep(a, ev);
    return true;
}

bool ahead_take(struct conversation *c)
{
    struct ahead *a = c->ahead;
    if (!a)
        return false;
    c->ahead = NULL;
    metric_add("va_ahead_total", "end=\"used\"", 1);
    c->brain = a->brain;
    c->serial = a->serial;
    c->stamps.llm = a->began;
    c->stamps.token = a->token_at;
    c->stamps.sentence = a->sentence_at;
    for (struct event *ev; (ev = LIST_FIRST(&a->events, struct event, link));) {
        list_remove(&ev->link);
        think_event(c, ev);
        event_free(ev);
    }
    destroy(a);
    return true;
}
