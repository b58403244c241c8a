#include "talk.h"
#include "agent.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "brain.h"
#include "commands.h"
#include "conversation.h"
#include "history.h"
#include "io/httpc.h"
#include "job.h"
#include "phrases.h"
#include "pipeline.h"
#include "splitter.h"
#include "spoken.h"
#include "tools.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX      5
#define CONFIDENCE_MIN  0.3
#define UNCLEAR_MAX     2    /* then what was understood has to do */
#define RETRY_WITHIN_MS 3000 /* a failure that comes later leaves no time for another try */
#define SHORT_MS        3000 /* patience with a model that has just failed */
#define TEXT_ARENA      (64u << 10)

/* ---- saying ---- */

static void say(struct conversation *c, const char *text)
{
    reply_add(&c->reply, conversation_voice(c), text, &c->mail, EV_SOUND);
}

static struct names names_of(const struct conversation *c)
{
    struct names who = c->agent ? c->agent->who : (struct names){0};
    who.contact = c->contact;
    return who;
}

static const char *language_of(const struct conversation *c)
{
    return c->agent ? c->agent->language : "en-US";
}

static void say_phrase(struct conversation *c, enum phrase p)
{
    struct arena *a = arena_create(TEXT_ARENA);
    struct names who = names_of(c);
    say(c, phrase(a, p, language_of(c), &who));
    arena_destroy(a);
}

static void then(struct conversation *c, enum then what)
{
    c->reply.complete = true;
    c->reply.then = what;
}

static void ask_phrase(struct conversation *c, enum phrase p)
{
    say_phrase(c, p);
    then(c, THEN_LISTEN);
}

static void leave_with(struct conversation *c, enum phrase p)
{
    say_phrase(c, p);
    then(c, THEN_HANG_UP);
}

static void add_piece(void *arg, const char *text, size_t n)
{
    char *piece = must(strndup(text, n));
    say(arg, piece);
    free(piece);
}

static void say_pieces(struct conversation *c, const char *text)
{
    struct splitter s;
    splitter_init(&s, add_piece, c);
    splitter_feed(&s, text, strlen(text));
    splitter_end(&s);
    splitter_fini(&s);
}

/* ---- the end of a reply ---- */

static void stop_thinking(struct conversation *c)
{
    c->serial++; /* its events that are still in the mailbox do not count */
    if (c->brain)
        brain_cancel(c->brain);
    c->brain = NULL;
    job_drop(c->job);
    c->job = NULL;
    c->first_by = c->all_by = 0;
}

/* What was said becomes a turn: called when the caller acts upon it, and when the call is over. */
static void settle_reply(struct conversation *c, bool caller_acted)
{
    stop_thinking(c);
    reply_heard(&c->reply, caller_acted);
    if (c->reply.n) {
        struct arena *a = arena_create(TEXT_ARENA);
        const char *given = reply_text(a, &c->reply, 0, c->reply.given, false);
        free(c->last_words);
        c->last_words = must(strdup(given));
        history_agent(c);
        arena_destroy(a);
    }
    reply_clear(&c->reply);
}

static void begin_reply(struct conversation *c)
{
    settle_reply(c, true);
    c->stamps = (struct stamps){.asked = c->asked_at, .taken = clock_ms()};
    c->round = c->attempt_no = c->tools_run = 0;
}

/* ---- the model ---- */

static void ask_model(struct conversation *c)
{
    struct scope s;
    scope_init_sized(&s, (uint64_t)cfg.llm_total_ms, 1u << 20);
    bool may_use_tools = c->round < ROUNDS_MAX && c->tools_run < JOB_TOOLS;
    uint64_t now = clock_ms();
    c->stamps.llm = c->stamps.llm ? c->stamps.llm : now;
    c->first_by = now + (uint64_t)(c->wants_message ? SHORT_MS : cfg.llm_first_ms);
    c->all_by = now + (uint64_t)cfg.llm_total_ms;
    c->brain = brain_ask(&s, history_messages(&s, c),
                         may_use_tools ? tools_offer(&s, c->agent->transfer_to != NULL) : NULL,
                         &c->mail, ++c->serial);
    scope_fini(&s);
}

/* The words that are surely for this agent, when there is no model to understand them. */
static void note_message(struct conversation *c)
{
    const struct line *last = history_last(c);
    if (last && last->kind == LINE_CALLER)
        history_message(c, last->text);
    leave_with(c, PHRASE_MESSAGE_TAKEN);
}

static void apologise(struct conversation *c)
{
    metric_add("va_apologies_total", "", 1);
    if (c->wants_message) {
        note_message(c);
        return;
    }
    c->wants_message = true;
    ask_phrase(c, c->agent->transfer_to ? PHRASE_TROUBLE : PHRASE_TROUBLE_MESSAGE);
}

static void model_failed(struct conversation *c, const struct brain_end *end)
{
    bool hopeless =
        end->err == ERR_FORBIDDEN || end->err == ERR_UNPROCESSABLE || end->retry_after_s > 1;
    bool early = clock_ms() - c->stamps.llm < RETRY_WITHIN_MS;
    stop_thinking(c);
    reply_drop_ungiven(&c->reply);
    if (!hopeless && early && c->reply.n == 0 && c->attempt_no++ == 0 && !c->wants_message)
        ask_model(c);
    else
        apologise(c);
}

static void offer_message(struct conversation *c, enum phrase p)
{
    c->wants_message = true; /* if the model is down, it is taken for one */
    ask_phrase(c, p);
}

static void put_through(struct conversation *c)
{
    if (!c->agent->transfer_to) {
        offer_message(c, PHRASE_NO_TRANSFER);
        return;
    }
    if (c->reply.n == 0)
        say_phrase(c, PHRASE_CONNECTING);
    then(c, THEN_TRANSFER);
}

static void tools_ran(struct conversation *c)
{
    struct job *j = c->job;
    if (!j || j->running)
        return;
    enum tool_move move = TOOL_TALK_ON;
    for (int i = 0; i < j->n; i++) {
        history_tool(c, &j->runs[i]);
        if (j->runs[i].move && move != TOOL_TRANSFER)
            move = j->runs[i].move;
    }
    job_drop(j);
    c->job = NULL;
    if (move == TOOL_TRANSFER) {
        put_through(c);
    } else if (move == TOOL_END_CALL) {
        if (c->reply.n == 0)
            say_phrase(c, PHRASE_GOODBYE);
        then(c, THEN_HANG_UP);
    } else {
        ask_model(c);
    }
}

static void tool_called(struct conversation *c, const struct brain_tool *t)
{
    if (t->serial != c->serial)
        return;
    if (!c->job)
        c->job = job_create(&(struct tool_run){
            .tenant = c->agent->tenant,
            .call_id = *c->call_id ? c->call_id : NULL,
            .far = conversation_far(c),
            .can_transfer = c->agent->transfer_to != NULL,
        });
    if (c->tools_run < JOB_TOOLS &&
        job_add(c->job, t->text + t->name_at, t->text + t->arguments_at))
        c->tools_run++;
}

static void model_ended(struct conversation *c, const struct brain_end *end)
{
    if (end->serial != c->serial || !c->brain)
        return;
    brain_free(c->brain);
    c->brain = NULL;
    c->first_by = c->all_by = 0;
    if (!end->err)
        c->wants_message = false;
    if (end->err)
        model_failed(c, end);
    else if (c->job && c->job->n) {
        c->round++;
        job_start(c->job, &c->mail, EV_TOOLS_RAN);
    } else if (c->reply.n == 0)
        model_failed(c, &(struct brain_end){.err = ERR_UPSTREAM}); /* it said nothing */
    else
        then(c, THEN_LISTEN);
}

static void sentence(struct conversation *c, const struct brain_words *w)
{
    if (w->serial != c->serial)
        return;
    c->stamps.sentence = c->stamps.sentence ? c->stamps.sentence : clock_ms();
    c->first_by = 0;
    say(c, w->text);
}

static void first_token(struct conversation *c, const unsigned *serial)
{
    if (*serial == c->serial && !c->stamps.token)
        c->stamps.token = clock_ms();
}

/* ---- the caller ---- */

static void prepare_phrases(struct conversation *c)
{
    static const enum phrase often[] = {PHRASE_FILLER,        PHRASE_FILLER_AGAIN,
                                        PHRASE_SILENCE_FIRST, PHRASE_NOT_UNDERSTOOD,
                                        PHRASE_CONNECTING,    PHRASE_GOODBYE};
    struct arena *a = arena_create(TEXT_ARENA);
    struct names who = names_of(c);
    for (size_t i = 0; i < sizeof often / sizeof *often; i++)
        speech_prepare(&c->agent->voice, phrase(a, often[i], c->agent->language, &who));
    arena_destroy(a);
}

/* "This is Assistant of Ana Lee, calling for Ana Lee" is not what people say. */
static struct names spoken_names(struct arena *a, const struct conversation *c)
{
    struct names who = names_of(c);
    if (strstr(who.voice_agent, who.agent))
        who.voice_agent = phrase(a, PHRASE_ASSISTANT, language_of(c), &who);
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
        say(c, phrase(a, c->outbound ? called : PHRASE_GREETING, language_of(c), &who));
    then(c, THEN_LISTEN);
    arena_destroy(a);
    prepare_phrases(c);
}

static void arrived(struct conversation *c)
{
    if (c->unknown)
        then(c, c->outbound ? THEN_HANG_UP : THEN_REJECT);
    else if (!c->agent)
        leave_with(c, PHRASE_UNAVAILABLE);
    else if (!c->agent->active)
        leave_with(c, PHRASE_INACTIVE);
    else
        greet(c);
}

static void opt_out(struct conversation *c)
{
    tools_opt_out(c->agent->tenant, conversation_far(c));
    history_command(c, "opt_out");
    leave_with(c, PHRASE_OPTED_OUT);
}

static void repeat(struct conversation *c, const char *words)
{
    if (words && *words)
        say_pieces(c, words);
    else
        say_phrase(c, PHRASE_LOST);
    then(c, THEN_LISTEN);
}

static bool obey(struct conversation *c, enum command command, const char *last_words)
{
    switch (command) {
    case COMMAND_PERSON:
        history_command(c, "transfer_to_agent");
        put_through(c);
        return true;
    case COMMAND_OPT_OUT:
        opt_out(c);
        return true;
    case COMMAND_REPEAT:
        repeat(c, last_words);
        return true;
    case COMMAND_NONE:
        break;
    }
    return false;
}

static bool too_long(const struct conversation *c)
{
    return c->callers_turns > cfg.turns_max || conversation_ms(c) > cfg.call_minutes * 60000LL;
}

static void answer(struct conversation *c, enum command command)
{
    if (too_long(c))
        leave_with(c, PHRASE_TIME_UP);
    else if (!obey(c, command, c->last_words))
        ask_model(c);
}

static bool not_for_us(struct conversation *c)
{
    if (c->agent && c->agent->active)
        return false;
    arrived(c);
    return true;
}

static void heard(struct conversation *c, const struct heard *h)
{
    begin_reply(c);
    c->silences = 0;
    c->callers_turns++;
    if (not_for_us(c))
        return;
    history_caller(c, h->text, h->confidence);
    /* Some recognisers always tell 0: that is no doubt. */
    bool doubtful = h->confidence > 0 && h->confidence < CONFIDENCE_MIN && c->unclear < UNCLEAR_MAX;
    c->unclear = doubtful ? c->unclear + 1 : 0;
    if (doubtful)
        ask_phrase(c, PHRASE_NOT_UNDERSTOOD);
    else
        answer(c, command_heard(h->text, language_of(c)));
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
    answer(c, command_pressed(*key));
}

static void silence(struct conversation *c)
{
    static const enum phrase ladder[] = {PHRASE_SILENCE_FIRST, PHRASE_SILENCE_SECOND};
    begin_reply(c);
    if (not_for_us(c))
        return;
    if (c->silences < 2)
        ask_phrase(c, ladder[c->silences++]);
    else
        leave_with(c, PHRASE_SILENCE_GOODBYE);
}

static void transferred(struct conversation *c, const char *how)
{
    begin_reply(c);
    if (not_for_us(c))
        return;
    log_info(NULL, "transfer.ended", "call_id", c->call_id, "how", how);
    if (strcmp(how, "completed") == 0 || strcmp(how, "answered") == 0)
        then(c, THEN_HANG_UP); /* they have talked, and parted */
    else
        offer_message(c, PHRASE_TRANSFER_FAILED);
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
        ask_phrase(c, PHRASE_LOST);
    else
        ask_model(c); /* what the caller said last has no answer yet */
}

static void more(struct conversation *c)
{
    reply_heard(&c->reply, true);
    if (c->reply.n == 0 && !c->reply.complete && !c->brain && !c->job)
        resume(c);
}

/* ---- public ---- */

void talk_event(struct conversation *c, const struct event *ev)
{
    switch (ev->kind) {
    case EV_ARRIVED:
        begin_reply(c);
        arrived(c);
        break;
    case EV_HEARD:
        heard(c, (const struct heard *)ev->data);
        break;
    case EV_SILENCE:
        silence(c);
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
    case EV_FIRST_TOKEN:
        first_token(c, (const unsigned *)ev->data);
        break;
    case EV_SENTENCE:
        sentence(c, (const struct brain_words *)ev->data);
        break;
    case EV_TOOL_CALL:
        tool_called(c, (const struct brain_tool *)ev->data);
        break;
    case EV_BRAIN_END:
        model_ended(c, (const struct brain_end *)ev->data);
        break;
    case EV_TOOLS_RAN:
        tools_ran(c);
        break;
    }
}

/* A model that stalls or drips: what it has said so far is all it says. */
void talk_due(struct conversation *c)
{
    uint64_t now = clock_ms();
    bool late = (c->first_by && now >= c->first_by) || (c->all_by && now >= c->all_by);
    if (!late || !c->brain)
        return;
    c->first_by = c->all_by = 0;
    log_warn(NULL, "llm.late", "call_id", c->call_id);
    brain_stop(c->brain);
}

uint64_t talk_wake(const struct conversation *c)
{
    uint64_t at = c->first_by ? c->first_by : UINT64_MAX;
    return c->all_by && c->all_by < at ? c->all_by : at;
}

void await_talk_begin(struct conversation *c)
{
    if (*ai.base_url)
        http_warm(ai.base_url);
    await_history(c);
}

void talk_end(struct conversation *c)
{
    settle_reply(c, false);
    log_info(NULL, "conversation.ended", "call_id", c->call_id, "ms", fmt_int(conversation_ms(c)),
             "turns", fmt_int(c->callers_turns));
}
