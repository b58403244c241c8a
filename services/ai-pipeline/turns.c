#include "turns.h"
#include "agent.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "conversation.h"
#include "hearing.h"
#include "loop/task.h"
#include "media.h"
#include "messages.h"
#include "move.h"
#include "pass.h"
#include "phrases.h"
#include "talk.h"
#include "pipeline.h"
#include "provider.h"
#include "say.h"
#include "stream.h"
#include <stdlib.h>
#include <string.h>

#define CLIPS_MAX        16
#define SAY_MAX          2900
#define FILLER_AGAIN_MS  6000  /* between fillers */
#define MARGIN_MS        700   /* an answer leaves so long before nobody waits for it */
#define LINGER_MS        60000 /* the last words are fetched within */
#define PLAYED_MS        5000  /* then a lost answer is asked for again within */
#define UNDER_WAY_MAX_MS 15000

struct asker {
    struct list link;
    struct wait wait;
    const char *answer; /* the asker's arena's; NULL: the conversation ended */
    struct scope *scope;
};

struct turns {
    long long asked, answered; /* numbers of the turn waited for, and of the last answer */
    struct list askers;
    bool pending, taken;
    uint64_t since, most; /* when it was asked; when it must be answered at the latest */
    int fillers;
    char *last; /* answer number `answered` */
    struct clip *filler;
    bool record_due;
    bool begins;        /* the call, or the talking after a transfer: the moment for a stream */
    uint64_t ingest_ms; /* from the network's request to ours */
};

static struct turns *turns_of(const struct conversation *c)
{
    return c->turns;
}

/* ---- giving an answer ---- */

static void settle(struct turns *t, const char *answer)
{
    struct asker *k;
    LIST_EACH(k, &t->askers, struct asker, link) {
        list_remove(&k->link);
        k->answer = answer ? arena_strdup(k->scope->arena, answer) : NULL;
        wait_settle(&k->wait);
    }
    t->pending = t->taken = false;
}

static void give(struct conversation *c, struct turn_answer *a, struct scope *s)
{
    struct turns *t = turns_of(c);
    a->replica = mq_replica_queue();
    a->turn = t->asked + 1;
    a->seq = c->seq + (c->reply.n > 0);
    a->has_seq = true;
    a->language = c->agent ? c->agent->language : NULL;
    a->voice = c->agent ? c->agent->say_voice : NULL;
    a->rate = c->agent ? c->agent->say_rate : NULL;
    free(t->last);
    t->last = must(strdup(turn_answer_encode(s, a)));
    t->answered = t->asked;
    settle(t, t->last);
}

/* ---- to the media socket ---- */

/* From here the conversation goes on in stream.c: it is wanted, can be had, and there is something to talk about. */
static bool to_stream(const struct conversation *c)
{
    const struct reply *r = &c->reply;
    return turns_of(c)->begins && c->agent && c->agent->active && c->agent->streams &&
           !c->turns_only && media_possible() && !provider_open(ROLE_TTS) && hearing_possible() &&
           (!r->complete || r->then == THEN_LISTEN);
}

/* It is said before the socket, where nobody can talk over it and recording begins behind it. */
static bool disclosure_next(const struct reply *r)
{
    return r->given < r->n && r->pieces[r->given].disclosure;
}

static void set_stream(struct conversation *c, struct turn_answer *a, struct scope *s)
{
    c->stream_due = turns_of(c)->asked + 1;
    a->then = "stream";
    a->media_url = cfg.media_url;
    a->media_token = pass_make(s->arena, &(struct pass){c->sid, c->stream_due});
}

/* ---- pieces ---- */

/* Pieces whose clips are there, in order; behind them those that have none, as words. */
static void take_pieces(struct scope *s, struct conversation *c, struct turn_answer *a)
{
    struct reply *r = &c->reply;
    const char *clips[CLIPS_MAX];
    struct buf say = buf_in(s->arena, SAY_MAX);
    int i = r->given, n = to_stream(c) ? i + disclosure_next(r) : r->n;
    for (; i < n && a->clips_n < CLIPS_MAX && piece_state(&r->pieces[i]) == CLIP_READY; i++) {
        if (r->pieces[i].disclosure)
            a->disclosure = clip_id(r->pieces[i].clip);
        else
            clips[a->clips_n++] = clip_id(r->pieces[i].clip);
    }
    for (; i < n && piece_state(&r->pieces[i]) == CLIP_FAILED; i++) {
        if (say.n + strlen(r->pieces[i].text) + 1 > SAY_MAX)
            break;
        buf_printf(&say, "%s%s", say.n ? " " : "", r->pieces[i].text);
    }
    a->clips = arena_alloc(s->arena, sizeof clips);
    memcpy(a->clips, clips, a->clips_n * sizeof *clips);
    a->say = say.n ? say.p : NULL;
    if (a->say && c->agent)
        conversation_degraded(c, DEGRADED_TTS);
    r->given = i;
}

static void set_listening(const struct conversation *c, struct turn_answer *a)
{
    const struct listening *l = &c->agent->listening;
    a->hints = c->agent->hints;
    a->listen_seconds = l->silence_timeout_s;
    a->has_listen_seconds = true;
    a->speech_timeout = l->speech_timeout_s;
    a->has_speech_timeout = l->speech_timeout_s > 0;
    a->speech_model = l->speech_model;
    a->barge_in = l->barge_in;
    a->has_barge_in = !l->barge_in;
    a->by_recording = talk_wants_recording(c);
    a->has_by_recording = a->by_recording;
}

static void finish(struct conversation *c, struct turn_answer *a)
{
    a->then = then_word(c->reply.then);
    if (c->reply.then == THEN_LISTEN && c->agent)
        set_listening(c, a);
    if (c->reply.then == THEN_TRANSFER) {
        a->transfer_to = c->agent->transfer_to;
        a->caller_id = c->outbound ? c->from : c->to;
    }
    if (c->reply.then == THEN_HANG_UP || c->reply.then == THEN_REJECT)
        c->close_at = clock_ms() + LINGER_MS;
}

/* Recording begins behind the disclosure: in the same answer when that is a clip, else in the next. */
static void set_recording(struct turns *t, const struct conversation *c, struct turn_answer *a,
                          int from)
{
    if (t->record_due && a->then && strcmp(a->then, "hangup") != 0) {
        a->record = a->has_record = true;
        t->record_due = false;
    }
    for (int i = from; i < c->reply.given; i++)
        if (c->reply.pieces[i].disclosure && c->agent->recorded) {
            a->record = a->has_record = a->disclosure != NULL;
            t->record_due = a->disclosure == NULL;
        }
}

static bool give_reply(struct conversation *c)
{
    struct scope s;
    struct turn_answer a = {0};
    int from = c->reply.given;
    scope_init(&s, 0);
    take_pieces(&s, c, &a);
    bool some = c->reply.given > from, all = c->reply.complete && c->reply.given == c->reply.n,
         stream = to_stream(c) && !disclosure_next(&c->reply);
    if (some || all || stream) {
        if (stream)
            set_stream(c, &a, &s);
        else if (all)
            finish(c, &a);
        else
            a.then = "more";
        set_recording(turns_of(c), c, &a, from);
        if (turns_of(c)->record_due && (all || stream))
            a.then =
                "more"; /* said aloud: what the caller says is recorded from the next answer on */
        if (some && !c->stamps.answered)
            stamps_answered(c);
        give(c, &a, &s);
    }
    scope_fini(&s);
    return some || all || stream;
}

/* ---- nothing to give yet ---- */

static void give_filler(struct conversation *c)
{
    struct turns *t = turns_of(c);
    struct scope s;
    struct turn_answer a = {.then = "more"};
    scope_init(&s, 0);
    const char *words = phrase(s.arena, t->fillers++ ? PHRASE_FILLER_AGAIN : PHRASE_FILLER,
                               conversation_language(c), &(struct names){0});
    const char *clip;
    clip_destroy(t->filler);
    t->filler = NULL;
    if (c->agent && speech_prepared(&c->agent->voice, words)) {
        t->filler = clip_create(&c->agent->voice, words, &c->mail, EV_SOUND);
        clip = clip_id(t->filler);
        a.clips = &clip;
        a.clips_n = 1;
    } else {
        a.say = words;
    }
    conversation_degraded(c, DEGRADED_FILLER);
    give(c, &a, &s);
    scope_fini(&s);
}

/* The first words of a call, and words whose speech is late, are better said by another voice than late. */
static bool speech_is_late(struct conversation *c)
{
    struct reply *r = &c->reply;
    if (r->given == r->n || !(r->pieces[r->given].disclosure || turns_of(c)->fillers))
        return false;
    r->pieces[r->given].aloud = true;
    return true;
}

/* ---- the front ---- */

static void on_taken(struct conversation *c)
{
    struct turns *t = turns_of(c);
    t->taken = true;
    c->asked_at = t->since;
    c->ingest_ms = t->ingest_ms;
}

/* A caller who acts has heard what was given; else what was fetched, and the words in the answer itself. */
static void on_heard(struct conversation *c, bool acted)
{
    struct reply *r = &c->reply;
    int n = acted ? r->given : 0;
    while (n < r->given &&
           (piece_state(&r->pieces[n]) == CLIP_FAILED || clip_fetched(r->pieces[n].clip)))
        n++;
    stamps_served(c);
    reply_heard(r, n, 0);
}

static void on_stop(struct conversation *c)
{
    (void)c; /* Gather has fallen silent by itself */
}

static bool on_played(const struct conversation *c)
{
    const struct reply *r = &c->reply;
    if (c->stream_due) /* whose socket it comes to asks for it */
        return false;
    for (int i = 0; i < r->given; i++)
        if (piece_state(&r->pieces[i]) == CLIP_READY && !clip_fetched(r->pieces[i].clip))
            return false;
    return true;
}

/* Patience for a thought after the first filler is longer than for words that only want speaking. */
static uint64_t filler_at(const struct conversation *c)
{
    const struct turns *t = turns_of(c);
    bool thinking = c->reply.given == c->reply.n;
    uint64_t at = t->since + (t->fillers && thinking ? FILLER_AGAIN_MS : (uint64_t)cfg.filler_ms);
    return at < t->most ? at : t->most;
}

/* Last words that are fetched are as good as said: nobody may tell us that the call is over. */
static void part_soon(struct conversation *c)
{
    uint64_t at = clock_ms() + PLAYED_MS;
    if (c->close_at > at && c->reply.then != THEN_LISTEN && on_played(c))
        c->close_at = at;
}

static void on_moved(struct conversation *c)
{
    struct turns *t = turns_of(c);
    part_soon(c);
    if (!t->pending || !t->taken || give_reply(c) || clock_ms() < filler_at(c))
        return;
    if (!speech_is_late(c) || !give_reply(c))
        give_filler(c);
}

static uint64_t on_wake(const struct conversation *c)
{
    const struct turns *t = turns_of(c);
    return t->pending && t->taken ? filler_at(c) : UINT64_MAX;
}

static void on_ended(struct conversation *c)
{
    struct turns *t = turns_of(c);
    settle(t, NULL);
    clip_destroy(t->filler);
    free(t->last);
    free(t);
}

static const struct front front = {on_taken, on_moved,  on_wake, on_heard,
                                   on_stop,  on_played, on_ended};

/* ---- requests ---- */

struct conversation *turns_open(const struct arrival *a)
{
    struct turns *t = must(calloc(1, sizeof *t));
    t->answered = -1;
    list_init(&t->askers);
    struct conversation *c = conversation_open(a, &front, t);
    if (!c)
        free(t);
    return c;
}

/* Whoever has spoken with the caller over a socket may not be the one who is asked what follows. */
static struct conversation *await_conversation(struct scope *s, const struct turn_take *in)
{
    struct conversation *c = conversation_find(in->call_sid);
    if (!c && strcmp(in->event, "streamed") == 0)
        c = await_move(s, in->call_sid, 0);
    if (c || conversation_leaving())
        return c;
    return turns_open(&(struct arrival){
        .sid = in->call_sid,
        .from = in->from,
        .to = in->to,
        .attempt = in->attempt_id,
        .outbound = strcmp(in->direction, "outbound") == 0,
        .turns = (int)in->seq,
    });
}

static bool post_heard(struct conversation *c, struct scope *s, const struct turn_take *in)
{
    size_t n = strlen(in->text) + 1, size = sizeof(struct heard) + n;
    struct heard *h = arena_alloc(s->arena, size);
    h->confidence = in->has_confidence ? in->confidence : -1;
    memcpy(h->text, in->text, n);
    return mailbox_post(&c->mail, EV_HEARD, h, size);
}

static bool post_event(struct conversation *c, struct scope *s, const struct turn_take *in)
{
    if (strcmp(in->event, "start") == 0)
        return mailbox_post(&c->mail, EV_ARRIVED, NULL, 0);
    if (strcmp(in->event, "speech") == 0 && in->text && *in->text)
        return post_heard(c, s, in);
    if (strcmp(in->event, "digits") == 0 && in->digits && *in->digits)
        return mailbox_post(&c->mail, EV_KEY, in->digits, 1);
    if (strcmp(in->event, "recording") == 0 && in->recording_sid && *in->recording_sid)
        return mailbox_post(&c->mail, EV_RECORDING, in->recording_sid, strlen(in->recording_sid));
    if (strcmp(in->event, "more") == 0 || strcmp(in->event, "streamed") == 0)
        return mailbox_post(&c->mail, EV_MORE, NULL, 0);
    if (strcmp(in->event, "transferred") == 0) {
        const char *how = in->dial_status ? in->dial_status : "";
        return mailbox_post(&c->mail, EV_TRANSFERRED, how, strlen(how));
    }
    return mailbox_post(&c->mail, EV_SILENCE, NULL, 0);
}

/* By the clocks of two machines: never more than a caller would wait for. */
static uint64_t under_way_ms(const struct turn_take *in)
{
    uint64_t now = clock_wall_ms(), from = in->has_arrived_at ? (uint64_t)in->arrived_at : now;
    return from < now && now - from < UNDER_WAY_MAX_MS ? now - from : 0;
}

/* Fillers go on counting while the caller waits for one and the same reply. */
static void expect(struct turns *t, const struct scope *s, const struct turn_take *in)
{
    uint64_t now = clock_ms(), left = clock_left(s->deadline);
    if (strcmp(in->event, "more") != 0) {
        t->fillers = 0;
        t->begins = strcmp(in->event, "start") == 0 || strcmp(in->event, "transferred") == 0;
    }
    t->asked = in->turn;
    t->since = now;
    t->ingest_ms = under_way_ms(in);
    t->most = now + (left > MARGIN_MS ? left - MARGIN_MS : 0);
    t->pending = true;
    t->taken = false;
}

void turns_leave_stream(struct conversation *c)
{
    if (c->stream)
        stream_leave(c);
    if (c->stream_due) {
        c->turns_only = true;
        conversation_degraded(c, DEGRADED_STREAM);
    }
    c->stream_due = 0;
}

static enum err await_answer(struct msg *m, const struct turn_take *in, const char **answer)
{
    struct scope *s = &m->scope;
    struct conversation *c = await_conversation(s, in);
    if (!c && conversation_leaving())
        return fail(s, ERR_MISSING, NULL, NULL, "this process ends");
    if (!c)
        return fail(s, ERR_BUSY, NULL, NULL, "too many conversations");
    struct turns *t = turns_of(c);
    if (t->last && in->turn <= t->answered) {
        *answer = arena_strdup(s->arena, t->last); /* asked again: answered again, the same */
        return OK;
    }
    bool again = t->pending && in->turn == t->asked;
    turns_leave_stream(c);
    if (!again && !post_event(c, s, in))
        return fail(s, ERR_BUSY, NULL, NULL, "too many events");
    if (!again) {
        expect(t, s, in);
        t->begins |= c->again;
        c->again = false;
        memcpy(c->trace, s->trace, sizeof c->trace);
    }
    struct asker k = {.wait = WAIT_HERE, .scope = s};
    list_append(&t->askers, &k.link);
    await_wait(&k.wait);
    *answer = k.answer;
    return OK;
}

/* The other end of a transfer asks, beside the conversation: no turn of it. */
static enum err whisper(struct msg *m, const struct turn_take *in, const char **answer)
{
    struct scope *s = &m->scope;
    const struct conversation *c = conversation_find(in->call_sid);
    if (!c || !c->agent)
        return fail(s, ERR_MISSING, NULL, "call_sid", "no such conversation here");
    const struct agent *a = c->agent;
    *answer =
        turn_answer_encode(s, &(struct turn_answer){.turn = in->turn,
                                                    .then = a->transfer_confirm ? "listen" : "more",
                                                    .say = say_whisper(s->arena, c),
                                                    .voice = a->say_voice,
                                                    .rate = a->say_rate,
                                                    .language = a->language});
    return OK;
}

enum err turns_take(struct msg *m)
{
    struct turn_take in;
    const char *answer = NULL;
    TRY(turn_take_decode(&m->scope, m->body, m->n, &in));
    m->scope.call_id = in.call_sid;
    bool aside = strcmp(in.event, "whisper") == 0;
    TRY(aside ? whisper(m, &in, &answer) : await_answer(m, &in, &answer));
    if (!answer) /* over, or this process ends: whoever answers next goes on with the same turn */
        answer =
            turn_answer_encode(&m->scope, &(struct turn_answer){.turn = in.turn, .then = "more"});
    msg_answer(m, answer, strlen(answer), true);
    return OK;
}
