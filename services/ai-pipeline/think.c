#include "think.h"
#include "agent.h"
#include "ahead.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "brain.h"
#include "conversation.h"
#include "direct.h"
#include "history.h"
#include "job.h"
#include "pipeline.h"
#include "say.h"

#define ROUNDS_MAX    5
#define RETRY_ROOM_MS 2000 /* what another try needs at least */
#define BUSY_TRIES    3    /* of a server that loads its model */
#define SHORT_MS      3000 /* patience with a model that has just failed, or has used tools */

void think_stop(struct conversation *c)
{
    c->serial = ++c->serials; /* its events that are still in the mailbox do not count */
    if (c->brain)
        brain_cancel(c->brain);
    c->brain = NULL;
    job_drop(c->job);
    c->job = NULL;
    c->first_by = c->all_by = c->retry_at = 0;
}

/* A turn has one budget for its first words, the second try included. */
static uint64_t first_words_by(struct conversation *c, uint64_t now)
{
    if (!c->speak_by) {
        uint64_t by = c->stamps.taken + (uint64_t)(c->wants_message ? SHORT_MS : cfg.llm_first_ms);
        c->speak_by =
            by > now + SHORT_MS ? by : now + SHORT_MS; /* transcription may have taken long */
    }
    uint64_t after_tools = c->round ? now + SHORT_MS : 0;
    return c->speak_by > after_tools ? c->speak_by : after_tools;
}

void think(struct conversation *c)
{
    struct scope s;
    uint64_t now = clock_ms();
    c->first_by = first_words_by(c, now);
    c->all_by = now + (uint64_t)cfg.llm_total_ms;
    if (ahead_take(c))
        return;
    scope_init_sized(&s, (uint64_t)cfg.llm_total_ms, 1u << 20);
    scope_trace(&s, c->trace);
    bool may_use_tools = c->round < ROUNDS_MAX && c->tools_run < JOB_TOOLS;
    c->stamps.llm = c->stamps.llm ? c->stamps.llm : now;
    c->serial = ++c->serials;
    if (direct_ready(c->direct) && may_use_tools) /* its tools are those of the whole session */
        c->brain = brain_ask_direct(c->direct, &c->mail, c->serial);
    else
        c->brain = brain_ask(&s, history_messages(&s, c, NULL),
                             may_use_tools ? tools_offer(&s, c->agent->transfer_to != NULL) : NULL,
                             &c->mail, c->serial);
    scope_fini(&s);
}

/* The words that are surely for this agent, when there is no model to understand them. */
static void note_message(struct conversation *c)
{
    const struct line *last = history_last(c);
    if (last && last->kind == LINE_CALLER)
        history_message(c, last->text);
    say_goodbye(c, PHRASE_MESSAGE_TAKEN);
}

static void apologise(struct conversation *c)
{
    conversation_degraded(c, DEGRADED_LLM);
    if (c->wants_message) {
        note_message(c);
        return;
    }
    say_message_offer(c, c->agent->transfer_to ? PHRASE_TROUBLE : PHRASE_TROUBLE_MESSAGE);
}

/* Once, if the server may answer by then, and when it wants to be asked; one that loads its model, again. */
static bool ask_again(struct conversation *c, const struct brain_end *end)
{
    uint64_t at = clock_ms() + end->retry_after_s * 1000ull;
    bool spoken = c->reply.n > 0; /* its words are half of an answer */
    int most = end->err == ERR_BUSY ? BUSY_TRIES : 1;
    if (!end->again || spoken || c->wants_message || c->attempt_no >= most ||
        at + RETRY_ROOM_MS > c->speak_by)
        return false;
    c->attempt_no++;
    c->retry_at = at;
    conversation_degraded(c, DEGRADED_LLM_RETRY);
    return true;
}

static void model_failed(struct conversation *c, const struct brain_end *end)
{
    think_stop(c);
    reply_drop_ungiven(&c->reply);
    if (!ask_again(c, end))
        apologise(c);
}

static void tools_ran(struct conversation *c)
{
    struct job *j = c->job;
    if (!j || j->running)
        return;
    enum tool_move move = TOOL_TALK_ON;
    const char *about = NULL;
    for (int i = 0; i < j->n; i++) {
        history_tool(c, &j->runs[i]);
        if (j->runs[i].move && move != TOOL_TRANSFER)
            move = j->runs[i].move;
        about = j->runs[i].reason ? j->runs[i].reason : about;
    }
    if (move == TOOL_TRANSFER)
        say_put_through(c, about);
    job_drop(j);
    c->job = NULL;
    if (move == TOOL_TRANSFER) {
        return;
    } else if (move == TOOL_END_CALL) {
        if (c->reply.n == 0)
            say_phrase(c, PHRASE_GOODBYE);
        say_then(c, THEN_HANG_UP);
    } else {
        think(c);
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
            .language = c->agent->language,
            .read_back = history_read_back(c),
            .can_transfer = c->agent->transfer_to != NULL,
            .rehearsal = c->rehearsal != NULL,
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
        model_failed(c,
                     &(struct brain_end){.err = ERR_UPSTREAM, .again = true}); /* it said nothing */
    else
        say_then(c, THEN_LISTEN);
}

static void sentence(struct conversation *c, const struct brain_words *w)
{
    if (w->serial != c->serial)
        return;
    c->stamps.sentence = c->stamps.sentence ? c->stamps.sentence : clock_ms();
    c->first_by = 0;
    say(c, w->text);
}

/* Sound that is there already, and words of it. */
static void speaks(struct conversation *c, const struct brain_words *w)
{
    if (w->serial != c->serial)
        return;
    c->stamps.sentence = c->stamps.sentence ? c->stamps.sentence : clock_ms();
    c->first_by = 0;
    struct clip *clip = direct_clip(c->direct, c->reply.n);
    if (clip)
        reply_add_clip(&c->reply, clip);
    reply_add_words(&c->reply, w->text);
}

static void first_token(struct conversation *c, const unsigned *serial)
{
    if (*serial == c->serial && !c->stamps.token)
        c->stamps.token = clock_ms();
}

/* ---- public ---- */

bool think_busy(const struct conversation *c)
{
    return c->brain || c->job || c->retry_at;
}

void think_event(struct conversation *c, const struct event *ev)
{
    if (ahead_event(c, ev))
        return;
    switch (ev->kind) {
    case EV_FIRST_TOKEN:
        first_token(c, (const unsigned *)ev->data);
        break;
    case EV_SENTENCE:
        sentence(c, (const struct brain_words *)ev->data);
        break;
    case EV_SPEAKS:
        speaks(c, (const struct brain_words *)ev->data);
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
void think_due(struct conversation *c)
{
    uint64_t now = clock_ms();
    if (c->retry_at && now >= c->retry_at) {
        c->retry_at = 0;
        think(c);
        return;
    }
    bool late = (c->first_by && now >= c->first_by) || (c->all_by && now >= c->all_by);
    if (!late || !c->brain)
        return;
    c->first_by = c->all_by = 0;
    log_warn(conversation_scope(c), "llm.late");
    conversation_degraded(c, DEGRADED_LLM_LATE);
    brain_stop(c->brain);
}

uint64_t think_wake(const struct conversation *c)
{
    uint64_t at = c->first_by ? c->first_by : UINT64_MAX;
    at = c->retry_at && c->retry_at < at ? c->retry_at : at;
    return c->all_by && c->all_by < at ? c->all_by : at;
}
