#include "stream.h"
#include "agent.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "conversation.h"
#include "direct.h"
#include "hearing.h"
#include "listener.h"
#include "loop/loop.h"
#include "media.h"
#include "speaker.h"
#include "phrases.h"
#include "pipeline.h"
#include "rehearsal.h"
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_MAGIC    0x5354524d
#define TICK_MS         20
#define FILLER_AGAIN_MS 6000
#define STARVED_MS      5000 /* for the next sound of our speech; then the network says the words */
#define ASKED_MS        30000 /* who has lost a socket asks within, or is not there any more */
#define HAND_OVER_MS    2000
#define OVERDUE_MS      3000 /* after its sound must have been played, a mark is not waited for */

struct stream {
    uint32_t magic;
    struct list link;
    struct conversation *c;
    struct media *media;
    struct speaker speaker;
    struct listener *listener;
    unsigned serial;           /* of the reply that is being said */
    const struct front *turns; /* whose place it has */
    uint64_t since;            /* the caller waits since then */
    struct clip *filler;
    int fillers;
    uint64_t
        starved; /* since when the mouth waits for a sound that is being made; 0: it does not */
    bool known;  /* the listener knows the agent */
    bool rested; /* all has been said and heard: nothing to do until the caller acts */
};

static struct list all = {&all, &all};
static struct timer *ticker;
static const struct front front;

static struct stream *stream_of(const struct conversation *c)
{
    return OBJ_CAST(struct stream, c->stream, STREAM_MAGIC);
}

/* ---- the end ---- */

static void destroy(struct stream *s)
{
    direct_leave(s->c->direct);
    listener_destroy(s->listener);
    clip_destroy(s->filler);
    list_remove(&s->link);
    if (list_empty(&all))
        timer_cancel(&ticker);
    OBJ_KILL(s, STREAM_MAGIC);
    free(s);
}

/* What was surely heard stays said; the rest is to be given again. */
static void note_heard(struct stream *s)
{
    struct reply *r = &s->c->reply;
    if (s->serial == r->serial)
        reply_heard(r, s->speaker.heard, s->speaker.heard_ms);
}

void stream_leave(struct conversation *c)
{
    struct stream *s = stream_of(c);
    struct reply *r = &c->reply;
    note_heard(s);
    if (r->cut)
        r->given = r->n;
    else if (s->serial == r->serial && s->speaker.heard < r->given)
        r->given = s->speaker.heard;
    c->front = s->turns;
    c->stream = NULL;
    if (s->media)
        media_end(s->media);
    destroy(s);
}

static void leave(struct stream *s, const char *why)
{
    log_info(NULL, "stream.left", "call_id", s->c->call_id, "why", why);
    if (s->c->rehearsal)
        rehearsal_over(s->c, why);
    else
        stream_leave(s->c);
}

/* What cannot be said or heard here is said and heard by the network, and stays so in this call. */
static void give_up(struct stream *s, enum degraded what, const char *why)
{
    s->c->turns_only = true;
    conversation_degraded(s->c, what);
    leave(s, why);
}

static void forget_socket(struct stream *s)
{
    s->media = s->speaker.out = s->c->page = NULL;
}

void stream_over(struct stream *s)
{
    forget_socket(s);
    s->c->close_at = clock_ms() + ASKED_MS;
    leave(s, "the network");
}

void stream_lost(struct stream *s, const char *why)
{
    forget_socket(s);
    s->c->dropped = s->rested;
    s->c->close_at = clock_ms() + ASKED_MS;
    give_up(s, DEGRADED_STREAM, why);
}

/* ---- the mouth ---- */

static void note_given(struct stream *s, int n)
{
    s->c->reply.given = n + 1;
    rehearsal_said(s->c, "agent", s->c->reply.pieces[n].text);
}

static struct clip *clip_of(void *arg, int n)
{
    struct stream *s = OBJ_CAST(struct stream, arg, STREAM_MAGIC);
    struct reply *r = &s->c->reply;
    if (n >= r->n || r->cut)
        return NULL;
    if (r->given <= n && (piece_state(&r->pieces[n]) != CLIP_MAKING || clip_ms(r->pieces[n].clip)))
        note_given(s, n);
    return r->pieces[n].clip;
}

static bool all_said(const struct stream *s)
{
    const struct reply *r = &s->c->reply;
    return r->complete && (r->cut || s->speaker.at == r->n);
}

/* By the marks; a network that has lost one is not waited for. */
static bool all_heard(const struct stream *s)
{
    const struct reply *r = &s->c->reply;
    if (!all_said(s))
        return false;
    bool overdue = clock_us() > s->speaker.end_us + OVERDUE_MS * 1000ull;
    return r->cut || s->speaker.heard == r->n || overdue;
}

/* May what is being said be talked over? */
static bool bound(const struct stream *s)
{
    const struct reply *r = &s->c->reply;
    const struct agent *a = s->c->agent;
    return (r->complete && r->then != THEN_LISTEN) || (a && !a->listening.barge_in) ||
           (r->n && !reply_may_be_cut(r, s->speaker.heard));
}

static enum mouth state(const struct stream *s)
{
    if (all_heard(s))
        return MOUTH_WAITS;
    if (speaker_ahead_ms(&s->speaker) || all_said(s))
        return bound(s) ? MOUTH_BOUND : MOUTH_SPEAKS;
    return MOUTH_THINKS;
}

static void note_first_sound(struct stream *s)
{
    if (s->speaker.n_sent && s->c->reply.given && !s->c->stamps.answered)
        stamps_answered(s->c);
}

/* Another reply: what was on its way of the one before is not to be heard any more. */
static void follow_reply(struct stream *s)
{
    struct reply *r = &s->c->reply;
    if (s->serial == r->serial)
        return;
    s->serial = r->serial;
    speaker_begin(&s->speaker, r->given); /* of one that was begun elsewhere, the rest */
    s->fillers = 0;
}

static void take_part(struct stream *s)
{
    const enum then then = s->c->reply.then;
    if (then == THEN_LISTEN && !hearing_possible())
        give_up(s, DEGRADED_STT, "nobody transcribes");
    else if (then != THEN_LISTEN)
        leave(s, then == THEN_TRANSFER ? "transfer" : "hang up");
}

/* What is next has no voice to say it with. */
static bool mute(const struct stream *s)
{
    const struct reply *r = &s->c->reply;
    return !r->cut && s->speaker.at < r->n && !r->pieces[s->speaker.at].clip;
}

/* Speech that stalls: the network says what is next, and is told so by the piece. */
static bool speech_stalls(struct stream *s)
{
    struct reply *r = &s->c->reply;
    bool starves = !s->speaker.hushed && !r->cut && s->speaker.at < r->n &&
                   piece_state(&r->pieces[s->speaker.at]) == CLIP_MAKING &&
                   (!r->given || !speaker_ahead_ms(&s->speaker)); /* or it is a filler's sound */
    if (!starves || !s->starved)
        s->starved = starves ? clock_ms() : 0;
    if (!starves || clock_ms() < s->starved + STARVED_MS)
        return false;
    r->pieces[s->speaker.at].aloud = true;
    return true;
}

/* s may be gone. */
static void step(struct stream *s)
{
    follow_reply(s);
    if (mute(s) || !speaker_pump(&s->speaker) || speech_stalls(s)) {
        give_up(s, DEGRADED_TTS, "no speech");
        return;
    }
    note_first_sound(s);
    if (!s->speaker.hushed)
        listener_mouth(s->listener, state(s));
    s->rested = all_heard(s);
    if (s->rested && !s->speaker.hushed)
        take_part(s);
}

static void on_tick(void *arg)
{
    (void)arg;
    struct stream *s;
    LIST_EACH(s, &all, struct stream, link)
        if (!s->rested && speaker_hungry(&s->speaker))
            step(s);
}

/* ---- the caller takes long to be answered ---- */

static uint64_t filler_at(const struct stream *s)
{
    bool waits = s->since && !s->speaker.hushed && !s->c->reply.given && !all_said(s);
    return waits ? s->since + (s->fillers ? FILLER_AGAIN_MS : (uint64_t)cfg.filler_ms) : UINT64_MAX;
}

static void say_filler(struct stream *s)
{
    struct conversation *c = s->c;
    struct arena *a = arena_create(64u << 10);
    const char *words = phrase(a, s->fillers++ ? PHRASE_FILLER_AGAIN : PHRASE_FILLER,
                               conversation_language(c), &(struct names){0});
    s->since = clock_ms();
    if (c->agent && speech_prepared(&c->agent->voice, words)) {
        clip_destroy(s->filler);
        s->filler = clip_create(&c->agent->voice, words, &c->mail, EV_SOUND);
        speaker_aside(&s->speaker, s->filler);
        conversation_degraded(c, DEGRADED_FILLER);
    }
    arena_destroy(a);
}

/* ---- what the listener wants ---- */

static void on_voice(void *arg)
{
    speaker_hush(&OBJ_CAST(struct stream, arg, STREAM_MAGIC)->speaker);
}

static void on_false_alarm(void *arg)
{
    struct stream *s = OBJ_CAST(struct stream, arg, STREAM_MAGIC);
    speaker_resume(&s->speaker);
    mailbox_post(&s->c->mail, EV_SOUND, NULL, 0); /* the conversation's own task goes on with it */
}

static void on_barge_in(void *arg)
{
    struct stream *s = OBJ_CAST(struct stream, arg, STREAM_MAGIC);
    struct barge_in b = {s->speaker.heard, s->speaker.heard_ms};
    if (s->serial == s->c->reply.serial && reply_may_be_cut(&s->c->reply, b.pieces))
        mailbox_post(&s->c->mail, EV_BARGE_IN, &b, sizeof b);
    else
        speaker_stop(
            &s->speaker); /* a word in between, or nothing: the words that follow say what is next */
}

static void on_said(void *arg, const uint8_t *ulaw, size_t n)
{
    direct_said(OBJ_CAST(struct stream, arg, STREAM_MAGIC)->c->direct, ulaw, n);
}

static unsigned on_left(void *arg)
{
    const struct stream *s = OBJ_CAST(struct stream, arg, STREAM_MAGIC);
    const struct reply *r = &s->c->reply;
    unsigned ms = speaker_ahead_ms(&s->speaker);
    if (!r->complete || s->serial != r->serial)
        return UINT_MAX;
    for (int i = s->speaker.at; i < r->n; i++) {
        if (piece_state(&r->pieces[i]) != CLIP_READY)
            return UINT_MAX;
        ms += clip_ms(r->pieces[i].clip) -
              (i == s->speaker.at ? (unsigned)(s->speaker.at_byte / 8) : 0);
    }
    return ms;
}

static const struct listener_h listener_h = {on_voice, on_false_alarm, on_barge_in, on_said,
                                             on_left};

/* ---- the front ---- */

static void on_taken(struct conversation *c)
{
    struct stream *s = stream_of(c);
    c->asked_at = s->since = clock_ms();
    c->ingest_ms = 0;
}

/* Whose call it is is known: how the listener is to listen, and who answers. */
static void meet_agent(struct stream *s)
{
    struct conversation *c = s->c;
    listener_set(s->listener, &c->agent->listening, c->agent->language, c->agent->hints);
    if (!c->direct)
        c->direct = direct_open(c);
}

/* Early enough that another process still finds the conversation here, whole. */
static uint64_t leaves_at(const struct conversation *c)
{
    return c->leave_at ? c->leave_at - HAND_OVER_MS : UINT64_MAX;
}

static void on_moved(struct conversation *c)
{
    struct stream *s = stream_of(c);
    if (!s->known && c->agent)
        meet_agent(s);
    s->known = c->agent != NULL;
    if (c->leave_at && (!speaker_ahead_ms(&s->speaker) || clock_ms() >= leaves_at(c))) {
        c->again = true;
        leave(s, "this process ends");
        return;
    }
    if (clock_ms() >= filler_at(s))
        say_filler(s);
    step(s);
}

static uint64_t on_wake(const struct conversation *c)
{
    uint64_t filler = filler_at(stream_of(c)), leave = leaves_at(c);
    return filler < leave ? filler : leave;
}

static void on_heard(struct conversation *c, bool acted)
{
    (void)acted;
    note_heard(stream_of(c));
}

static void on_stop(struct conversation *c)
{
    speaker_stop(&stream_of(c)->speaker);
}

static bool on_played(const struct conversation *c)
{
    return !speaker_ahead_ms(&stream_of(c)->speaker);
}

static void on_ended(struct conversation *c)
{
    struct stream *s = stream_of(c);
    const struct front *turns = s->turns;
    c->stream = NULL;
    media_end(s->media);
    destroy(s);
    if (turns)
        turns->ended(c);
}

static const struct front front = {on_taken, on_moved,  on_wake, on_heard,
                                   on_stop,  on_played, on_ended};

/* ---- public ---- */

static struct stream *create(struct conversation *c, struct media *m, const struct front *turns)
{
    struct stream *s = must(calloc(1, sizeof *s));
    *s = (struct stream){.magic = STREAM_MAGIC, .c = c, .media = m, .turns = turns};
    speaker_init(&s->speaker, m, clip_of, s);
    s->listener = listener_create(&c->mail, &listener_h, s);
    s->serial = c->reply.serial;
    s->since = clock_ms();
    speaker_begin(&s->speaker, c->reply.given);
    if (list_empty(&all))
        ticker = timer_every(TICK_MS, on_tick, NULL);
    list_append(&all, &s->link);
    return s;
}

/* What was given before it was played: the network has come to the stream only then. */
struct stream *stream_begin(struct media *m, const char *sid, long long turn)
{
    struct conversation *c = conversation_find(sid);
    if (!c || c->stream || !turn || c->stream_due != turn)
        return NULL;
    c->front->heard(c, true);
    c->stream = create(c, m, c->front);
    c->front = &front;
    c->stream_due = 0;
    c->stamps.answered = 0; /* the words that matter are still to come */
    log_info(NULL, "stream.begun", "call_id", c->call_id);
    mailbox_post(&c->mail, EV_SOUND, NULL, 0);
    return c->stream;
}

struct stream *stream_rehearse(struct conversation *c, struct media *m)
{
    c->stream = create(c, m, NULL);
    c->front = &front;
    return c->stream;
}

void stream_sound(struct stream *s, const uint8_t *ulaw, size_t n)
{
    listener_put(s->listener, ulaw, n);
}

void stream_marked(struct stream *s, const char *name)
{
    speaker_marked(&s->speaker, name);
    if (all_heard(s))
        mailbox_post(&s->c->mail, EV_SOUND, NULL, 0);
}

void stream_key(struct stream *s, const char *digit)
{
    if (*digit && !digit[1] && (isalnum((unsigned char)*digit) || strchr("*#", *digit)))
        mailbox_post(&s->c->mail, EV_KEY, digit, 1);
}
