#include "talk.h"
#include "agent.h"
#include "ahead.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "commands.h"
#include "conversation.h"
#include "direct.h"
#include "hearing.h"
#include "history.h"
#include "move.h"
#include "pipeline.h"
#include "provider.h"
#include "say.h"
#include "think.h"
#include "tools.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE_MIN 0.3
#define UNCLEAR_MAX    2 /* then it is recorded, or what was understood has to do */
#define TEXT_ARENA     (64u << 10)

/* ---- the end of a reply ---- */

/* What was said becomes a turn: called when the caller acts upon it, and when the call is over. */
static void settle_reply(struct conversation *c, bool caller_acted)
{
    think_stop(c);
    hearing_drop(c->hearing);
    c->hearing = NULL;
    c->front->heard(c, caller_acted);
    if (c->reply.n) {
        struct arena *a = arena_create(TEXT_ARENA);
        const char *given = reply_text(a, &c->reply, 0, c->reply.given, false);
        free(c->last_words);
        c->last_words = must(strdup(given));
        history_agent(c);
        arena_destroy(a);
    }
    reply_clear(&c->reply);
    c->degraded = 0;
}

static void begin_reply(struct conversation *c)
{
    settle_reply(c, true);
    c->stamps =
        (struct stamps){.asked = c->asked_at, .taken = clock_ms(), .ingest_ms = c->ingest_ms};
    c->round = c->attempt_no = c->tools_run = 0;
    c->speak_by = 0;
    c->by_recording = false;
}

/* ---- the caller ---- */

static void prepare_phrases(struct conversation *c)
{
    static const enum phrase often[] = {PHRASE_FILLER,        PHRASE_FILLER_AGAIN,
                                        PHRASE_SILENCE_FIRST, PHRASE_NOT_UNDERSTOOD,
                                        PHRASE_CONNECTING,    PHRASE_GOODBYE};
    enum phrase trouble = c->agent->transfer_to ? PHRASE_TROUBLE : PHRASE_TROUBLE_MESSAGE;
    struct arena *a = arena_create(TEXT_ARENA);
    struct names who = conversation_names(c);
    speech_prepare(&c->agent->voice, phrase(a, trouble, c->agent->language, &who));
    for (size_t i = 0; i < sizeof often / sizeof *often; i++)
        speech_prepare(&c->agent->voice, phrase(a, often[i], c->agent->language, &who));
    arena_destroy(a);
}

/* "This is Assistant of Ana Lee, calling for Ana Lee" is not what people say. */
static struct names spoken_names(struct arena *a, const struct conversation *c)
{
    struct names who = conversation_names(c);
    if (strstr(who.voice_agent, who.agent))
        who.voice_agent = phrase(a, PHRASE_ASSISTANT, conversation_language(c), &who);
    return who;
}

static void greet(struct conversation *c)
{
    struct arena *a = arena_create(TEXT_ARENA);
    struct names who = spoken_names(a, c);
    enum phrase called =
        who.contact && *who.contact ? PHRASE_GREETING_CALLED_NAME : PHRASE_GREETING_CALLED;
    say_phrase(c, c->agent->recorded ? PHRASE_DISCLOSURE_RECORDED : PHRASE_DISCLOSURE);
    c->reply.pieces[0].disclosure = true;
    if (!c->outbound && c->agent->greeting)
        say(c, names_fill(a, c->agent->greeting, &who));
    else
        say(c, phrase(a, c->outbound ? called : PHRASE_GREETING, conversation_language(c), &who));
    say_then(c, THEN_LISTEN);
    arena_destroy(a);
    if (conversation_voice(c))
        prepare_phrases(c);
}

static void arrived(struct conversation *c)
{
    if (c->from_memory)
        conversation_degraded(c, DEGRADED_DATABASE);
    if (c->unknown)
        say_then(c, c->outbound ? THEN_HANG_UP : THEN_REJECT);
    else if (!c->agent)
        say_goodbye(c, PHRASE_UNAVAILABLE);
    else if (!c->agent->active)
        say_goodbye(c, PHRASE_INACTIVE);
    else
        greet(c);
}

static void opt_out(struct conversation *c)
{
    if (!c->rehearsal)
        tools_opt_out(c->agent->tenant, conversation_far(c));
    history_command(c, "opt_out");
    say_goodbye(c, PHRASE_OPTED_OUT);
}

static void repeat(struct conversation *c, const char *words)
{
    if (words && *words)
        say_pieces(c, words);
    else
        say_phrase(c, PHRASE_LOST);
    say_then(c, THEN_LISTEN);
}

static bool obey(struct conversation *c, enum command command, const char *last_words)
{
    switch (command) {
    case COMMAND_PERSON:
        history_command(c, "transfer_to_agent");
        say_put_through(c, NULL);
        return true;
    case COMMAND_OPT_OUT:
        opt_out(c);
        return true;
    case COMMAND_REPEAT:
        repeat(c, last_words);
        return true;
    case COMMAND_MESSAGE:
        say_message_offer(c, PHRASE_MESSAGE_ASK);
        return true;
    case COMMAND_GOODBYE:
        say_goodbye(c, PHRASE_GOODBYE);
        return true;
    case COMMAND_NONE:
        break;
    }
    return false;
}

/* One of the agent's own; NULL: it is none. */
static bool obey_custom(struct conversation *c, const struct custom *x)
{
    if (!x || x->command)
        return x && obey(c, x->command, c->last_words);
    say_pieces(c, x->answer);
    say_then(c, THEN_LISTEN);
    return true;
}

static bool too_long(const struct conversation *c)
{
    return c->callers_turns > cfg.turns_max || conversation_ms(c) > cfg.call_minutes * 60000LL;
}

static void answer(struct conversation *c, enum command command, const struct custom *custom)
{
    if (too_long(c))
        say_goodbye(c, PHRASE_TIME_UP);
    else if (!obey(c, command, c->last_words) && !obey_custom(c, custom))
        think(c);
}

static void answer_words(struct conversation *c, const char *text)
{
    const struct agent *a = c->agent;
    answer(c, command_heard(text, a->language),
           custom_heard(a->custom, a->customs, text, a->language));
}

static bool not_for_us(struct conversation *c)
{
    if (c->agent && c->agent->active)
        return false;
    arrived(c);
    return true;
}

static bool is_doubtful(const struct conversation *c, const struct heard *h)
{
    /* Some recognisers always tell 0: that is no doubt. */
    return h->confidence > 0 && h->confidence < CONFIDENCE_MIN && c->unclear < UNCLEAR_MAX;
}

/* Perhaps that was all: if it is for the model, it thinks ahead. */
static void guessed(struct conversation *c, const struct heard *h)
{
    const struct agent *a = c->agent;
    bool ours = a && a->active && !too_long(c) && !is_doubtful(c, h) && !direct_ready(c->direct);
    if (ours && !command_heard(h->text, a->language) &&
        !custom_heard(a->custom, a->customs, h->text, a->language))
        ahead_begin(c, h->text);
}

static void heard(struct conversation *c, const struct heard *h)
{
    if (!ahead_fits(c, h->text))
        ahead_drop(c);
    begin_reply(c);
    c->stamps.ended = h->ended_at;
    c->stamps.endpoint_ms = h->endpoint_ms;
    c->stamps.stt_ms = h->stt_ms;
    c->silences = 0;
    c->callers_turns++;
    if (not_for_us(c))
        return;
    history_caller(c, h->text, h->confidence);
    bool doubtful = is_doubtful(c, h);
    c->unclear = doubtful ? c->unclear + 1 : 0;
    c->by_recording = c->unclear == UNCLEAR_MAX && hearing_possible();
    if (doubtful)
        say_and_listen(c, PHRASE_NOT_UNDERSTOOD);
    else
        answer_words(c, h->text);
    ahead_drop(c); /* nobody wanted it */
}

/* Something, but nobody knows what. */
static void unheard(struct conversation *c)
{
    begin_reply(c);
    c->silences = 0;
    c->callers_turns++;
    if (not_for_us(c))
        return;
    conversation_degraded(c, DEGRADED_STT);
    say_and_listen(c, PHRASE_NOT_UNDERSTOOD);
}

static void on_understood(void *arg, const struct understood *u)
{
    struct conversation *c = arg;
    mailbox_post(&c->mail, EV_UNDERSTOOD, u, u->n);
}

static void recorded(struct conversation *c, const char *sid)
{
    begin_reply(c);
    c->silences = 0;
    c->callers_turns++;
    if (not_for_us(c))
        return;
    c->hearing =
        hearing_of_recording(sid, conversation_language(c), c->agent->hints, on_understood, c);
}

static void understood(struct conversation *c, const struct understood *u)
{
    if (!c->hearing || hearing_serial(c->hearing) != u->serial)
        return; /* the caller has moved on */
    hearing_drop(c->hearing);
    c->hearing = NULL;
    c->stamps.stt_ms = clock_ms() - c->stamps.taken;
    if (u->failed) {
        c->by_network = true;
        conversation_degraded(c, DEGRADED_STT);
    }
    if (!*u->text) {
        say_and_listen(c, PHRASE_NOT_UNDERSTOOD);
        return;
    }
    c->unclear = 0;
    history_caller(c, u->text, -1);
    answer_words(c, u->text);
}

static void key_pressed(struct conversation *c, const char *key)
{
    char told[64];
    begin_reply(c);
    c->silences = 0;
    c->callers_turns++;
    if (not_for_us(c))
        return;
    snprintf(told, sizeof told, "(pressed the key %.1s)", key);
    history_caller(c, told, -1);
    answer(c, command_pressed(*key), custom_pressed(c->agent->custom, c->agent->customs, *key));
}

static void silence(struct conversation *c)
{
    static const enum phrase ladder[] = {PHRASE_SILENCE_FIRST, PHRASE_SILENCE_SECOND};
    begin_reply(c);
    if (not_for_us(c))
        return;
    /* Perhaps it is the network that hears nothing. */
    c->by_recording = c->silences == 1 && hearing_possible();
    if (c->silences < 2)
        say_and_listen(c, ladder[c->silences++]);
    else
        say_goodbye(c, PHRASE_SILENCE_GOODBYE);
}

static void transferred(struct conversation *c, const char *how)
{
    begin_reply(c);
    if (not_for_us(c))
        return;
    log_info(conversation_scope(c), "transfer.ended", "how", how);
    if (strcmp(how, "completed") == 0 || strcmp(how, "answered") == 0)
        say_then(c, THEN_HANG_UP); /* they have talked, and parted */
    else
        say_message_offer(c, PHRASE_TRANSFER_FAILED);
}

/* Nobody is at it: this process does not know the reply that more is wanted of. */
static void resume(struct conversation *c)
{
    const struct line *last = history_last(c);
    begin_reply(c);
    if (!last)
        arrived(c);
    else if (not_for_us(c))
        return;
    else if (last->kind == LINE_AGENT)
        say_and_listen(c, PHRASE_LOST);
    else
        think(c); /* what the caller said last has no answer yet */
}

static void more(struct conversation *c)
{
    c->front->heard(c, true);
    if (c->dropped || (c->reply.n == 0 && !c->reply.complete && !think_busy(c) && !c->hearing))
        resume(c);
    c->dropped = false;
}

/* The caller talks over the reply: it is cut short where it was heard to, and the rest is not made. */
static void interrupted(struct conversation *c, const struct barge_in *b)
{
    if (!reply_may_be_cut(&c->reply, b->pieces))
        return;
    reply_heard(&c->reply, b->pieces, b->ms);
    direct_interrupted(c->direct, b->pieces, b->ms);
    think_stop(c);
    reply_cut(&c->reply);
    c->front->stop(c);
}

/* ---- public ---- */

void talk_event(struct conversation *c, const struct event *ev)
{
    if (ev->kind < EV_FRONT_END && ev->kind != EV_HEARD)
        ahead_drop(c); /* something else has happened */
    switch (ev->kind) {
    case EV_ARRIVED:
        begin_reply(c);
        arrived(c);
        break;
    case EV_HEARD:
        heard(c, (const struct heard *)ev->data);
        break;
    case EV_GUESS:
        guessed(c, (const struct heard *)ev->data);
        break;
    case EV_UNSAID:
        ahead_drop(c);
        break;
    case EV_UNHEARD:
        unheard(c);
        break;
    case EV_SILENCE:
        silence(c);
        break;
    case EV_RECORDING:
        recorded(c, ev->data);
        break;
    case EV_UNDERSTOOD:
        understood(c, (const struct understood *)ev->data);
        break;
    case EV_BARGE_IN:
        interrupted(c, (const struct barge_in *)ev->data);
        break;
    case EV_KEY:
        key_pressed(c, ev->data);
        break;
    case EV_MORE:
        more(c);
        break;
    case EV_TRANSFERRED:
        transferred(c, ev->data);
        break;
    case EV_HUNG_UP:
        c->over = true;
        break;
    case EV_MOVED:
        if (!move_arrived(c, ev) && c->stream)
            resume(c);
        break;
    default:
        think_event(c, ev);
    }
}

void await_talk_begin(struct conversation *c)
{
    providers_warm();
    await_history(c);
}

bool talk_wants_recording(const struct conversation *c)
{
    return !c->by_network && (c->by_recording || c->agent->listening.whisper);
}

void talk_hand_over(struct conversation *c)
{
    ahead_drop(c);
    if (!c->reply.complete)
        settle_reply(c, false);
    conversation_hand_over(c);
}

void talk_end(struct conversation *c)
{
    ahead_drop(c);
    if (!c->handed_over)
        settle_reply(c, false);
    log_info(conversation_scope(c), "conversation.ended", "ms", fmt_int(conversation_ms(c)),
             "turns", fmt_int(c->callers_turns));
}
