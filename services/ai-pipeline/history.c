#include "history.h"
#include "agent.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "commands.h"
#include "io/db.h"
#include "io/js.h"
#include "loop/task.h"
#include "pipeline.h"
#include "rehearsal.h"
#include "spoken.h"
#include "sql.h"
#include "store.h"
#include "tools.h"
#include "voice/outbox.h"
#include "voice/prompt.h"
#include <stdio.h>
#include <string.h>

#define ANSWER_MS  2500 /* for the call's row; then the caller is greeted from memory */
#define NAME_READ  4000 /* bytes */
#define NAME_SAID  100
#define LOST_TURNS 10 /* numbers left free for turns of another process still on their way */
#define TURN_ARENA (256u << 10)

#define TURNS_LATE_MS 1500 /* for turns that are on their way */
#define TURNS_LOOK_MS 50

/* ---- loading ---- */

static void load_turn(struct scope *s, struct conversation *c, const struct js *t)
{
    const char *role = js_text(js_get(t, "role")), *text = js_text(js_get(t, "text"));
    const struct js *tool = js_get(t, "tool"), *arguments = js_get(tool, "arguments"),
                    *result = js_get(tool, "result");
    if (!role || !text)
        return;
    if (strcmp(role, "tool") == 0 && js_text(js_get(tool, "name")))
        conversation_line(c, LINE_TOOL, "", js_text(js_get(tool, "name")),
                          js_type(arguments) == JS_OBJECT ? js_dump(s, arguments) : "{}",
                          js_type(result) == JS_OBJECT ? js_dump(s, result) : "{}");
    else if (strcmp(role, "caller") == 0)
        conversation_line(c, LINE_CALLER, text, NULL, NULL, NULL);
    else if (strcmp(role, "agent") == 0)
        conversation_line(c, LINE_AGENT, text, NULL, NULL, NULL);
    c->callers_turns += strcmp(role, "caller") == 0;
}

static void load_turns(struct scope *s, struct conversation *c, const char *text)
{
    struct js *turns;
    if (js_parse(s, text, 0, &turns))
        return;
    for (size_t i = 0; i < js_count(turns); i++)
        load_turn(s, c, js_at(turns, i));
}

static void load_seq(struct conversation *c, const struct rows *call)
{
    int next = (int)row_int(call, 0, "next_seq");
    next = next > c->turns_expected ? next : c->turns_expected;
    c->seq = next ? next + LOST_TURNS : 0;
}

static void load_contact(struct scope *s, struct conversation *c, const char *config)
{
    struct js *j;
    const char *name = js_parse(s, config, 0, &j) ? NULL : js_text(js_get(j, "contact_name"));
    /* It is said aloud, and may have come with a list from anywhere. Cut between words, once clean. */
    char *clean = spoken(s->arena, name ? name : "", name ? strnlen(name, NAME_READ) : 0);
    if (strlen(clean) > NAME_SAID) {
        char *end = memrchr(clean, ' ', NAME_SAID);
        *(end ? end : clean) = 0;
    }
    c->contact = *clean ? must(strdup(clean)) : NULL;
}

static void load_times(struct conversation *c, const struct rows *call)
{
    int64_t wall = (int64_t)clock_wall_ms(), answered = row_int(call, 0, "answered_ms");
    if (answered > 0 && answered < wall)
        c->began = (int64_t)clock_ms() - (wall - answered);
}

/*
 * The process that had the conversation has published its last turns, and somebody is about to store them.
 * Without them we would say again what was said, under numbers that are taken. A process that was killed
 * has published nothing: then the wait is in vain, and short.
 */
static enum err await_call(struct scope *s, struct conversation *c, struct rows **call)
{
    uint64_t until = clock_ms() + TURNS_LATE_MS;
    for (;;) {
        TRY(await_db(s, &SQL_call_answer, call, c->sid, c->from, c->to,
                     c->outbound ? "outbound" : "inbound", *c->attempt ? c->attempt : NULL,
                     arena_printf(s->arena, "%d", cfg.reconcile_after_s)));
        outbox_nudge(); /* the call has begun */
        bool whole = (*call)->n == 0 || row_int(*call, 0, "next_seq") >= c->turns_expected;
        if (whole || clock_ms() >= until)
            return OK;
        await_sleep(TURNS_LOOK_MS);
    }
}

/* Nobody calls: only the voice agent is read, as it is now. */
static void await_rehearsed(struct conversation *c)
{
    struct scope s;
    struct rows *agent;
    scope_init(&s, ANSWER_MS);
    s.tenant = c->rehearsal;
    enum err e = await_db(&s, &SQL_rehearsal_open, &agent, c->rehearsal);
    if (!e && agent->n)
        e = agent_read(&s, "rehearsed by its own agent, no line", agent, &c->agent);
    if (e)
        log_warn(&s, "rehearsal.unopened", "error", err_name(e), "why", s.fault.message);
    scope_fini(&s);
}

void await_history(struct conversation *c)
{
    struct scope s;
    struct rows *call;
    if (c->rehearsal) {
        await_rehearsed(c);
        return;
    }
    const char *line = c->outbound ? c->from : c->to;
    scope_init(&s, ANSWER_MS);
    enum err e = await_call(&s, c, &call);
    if (!e && call->n == 0) {
        c->unknown = true;
    } else if (!e && (e = agent_read(&s, line, call, &c->agent)) == OK) {
        snprintf(c->call_id, sizeof c->call_id, "%s", row(call, 0, "call_id"));
        load_times(c, call);
        load_contact(&s, c, row(call, 0, "config"));
        load_turns(&s, c, row(call, 0, "turns"));
        load_seq(c, call);
    }
    if (e) {
        c->agent = agent_remembered(line);
        c->from_memory = true;
        log_warn(&s, "call.unopened", "error", err_name(e), "why", s.fault.message, "greeted",
                 c->agent ? "from memory" : "no");
    }
    scope_fini(&s);
}

/* ---- storing ---- */

static void store(struct conversation *c, struct turn_done_turn *t)
{
    long long now = conversation_ms(c);
    t->seq = c->seq++;
    if (!t->has_started_ms)
        t->started_ms = now;
    t->ended_ms = now;
    t->has_started_ms = t->has_ended_ms = true;
    if (c->agent && !c->rehearsal)
        store_turns(c->sid, c->agent->tenant, t, 1);
}

void history_caller(struct conversation *c, const char *text, double confidence)
{
    conversation_line(c, LINE_CALLER, text, NULL, NULL, NULL);
    rehearsal_said(c, "caller", text);
    store(c, &(struct turn_done_turn){
                 .role = "caller",
                 .text = text,
                 .confidence = confidence,
                 .has_confidence = confidence >= 0 && confidence <= 1,
             });
}

static void put_ms(struct js *j, const char *key, uint64_t from, uint64_t to)
{
    if (from && to >= from)
        js_set_int(j, key, (long long)(to - from));
}

static struct js *latency(struct scope *s, const struct stamps *t)
{
    struct js *j = js_object(s);
    js_set_int(j, "ingest_ms", (long long)t->ingest_ms);
    put_ms(j, "queue_ms", t->asked, t->taken);
    put_ms(j, "ahead_ms", t->llm, t->asked);
    if (t->ended)
        js_set_int(j, "endpoint_ms", (long long)t->endpoint_ms);
    if (t->stt_ms)
        js_set_int(j, "stt_ms", (long long)t->stt_ms);
    put_ms(j, "llm_first_ms", t->llm, t->token);
    put_ms(j, "first_sentence_ms", t->llm, t->sentence);
    if (t->byte_ms)
        js_set_int(j, "tts_first_ms", (long long)t->byte_ms);
    if (t->sound_ms)
        js_set_int(j, "tts_ms", (long long)t->sound_ms);
    put_ms(j, "answered_ms", t->asked, t->answered);
    put_ms(j, "served_ms", t->asked, t->served);
    put_ms(j, "mouth_to_ear_ms", t->ended, t->answered);
    return j;
}

/* A caller who has talked over it has not heard the rest. */
const char *history_reply(struct arena *a, const struct conversation *c)
{
    const struct reply *r = &c->reply;
    return reply_text(a, r, r->told < r->given ? r->told : r->given, r->given, r->cut);
}

void history_agent(struct conversation *c)
{
    struct scope s;
    scope_init_sized(&s, 0, TURN_ARENA);
    const struct reply *r = &c->reply;
    const char *all = reply_text(s.arena, r, 0, r->n, false),
               *heard = reply_text(s.arena, r, 0, r->n, true);
    const char *new = history_reply(s.arena, c);
    int64_t began = (int64_t)c->stamps.answered - c->began;
    const char *words[DEGRADED_COUNT];
    if (*new)
        conversation_line(c, LINE_AGENT, new, NULL, NULL, NULL);
    store(c, &(struct turn_done_turn){
                 .role = "agent",
                 .text = all,
                 .heard = heard,
                 .interrupted = strcmp(all, heard) != 0,
                 .has_interrupted = true,
                 .latency = latency(&s, &c->stamps),
                 .degraded = words,
                 .degraded_n = conversation_degraded_words(c, words),
                 .started_ms = c->stamps.answered && began > 0 ? began : 0,
                 .has_started_ms = true,
             });
    scope_fini(&s);
}

static struct js *object_of(struct scope *s, const char *text)
{
    struct js *j;
    return js_parse(s, text, 0, &j) == OK && js_type(j) == JS_OBJECT ? j : js_object(s);
}

static void add_tool(struct conversation *c, struct scope *s, const char *name,
                     const char *arguments, const char *result)
{
    struct js *tool = js_object(s), *given = object_of(s, arguments);
    struct reply *r = &c->reply;
    const char *message = js_text(js_get(given, "message"));
    conversation_line(c, LINE_TOOL, reply_text(s->arena, r, r->told, r->n, false), name, arguments,
                      result);
    r->told = r->n;
    rehearsal_tool(c, name, js_dump(s, given), result);
    js_set_text(tool, "name", name);
    js_set(tool, "arguments", js_copy(s, given));
    js_set(tool, "result", object_of(s, result));
    store(c,
          &(struct turn_done_turn){.role = "tool", .text = message ? message : name, .tool = tool});
}

void history_tool(struct conversation *c, const struct tool_run *run)
{
    struct scope s;
    scope_init_sized(&s, 0, TURN_ARENA);
    add_tool(c, &s, run->name, run->arguments, run->result);
    scope_fini(&s);
}

void history_command(struct conversation *c, const char *tool)
{
    struct scope s;
    scope_init_sized(&s, 0, TURN_ARENA);
    add_tool(c, &s, tool, "{\"reason\":\"the caller asked for it\"}", "{\"done\":true}");
    scope_fini(&s);
}

void history_message(struct conversation *c, const char *message)
{
    struct scope s;
    scope_init_sized(&s, 0, TURN_ARENA);
    struct js *arguments = js_object(&s);
    js_set_text(arguments, "message", message);
    add_tool(c, &s, "take_message", js_dump(&s, arguments), "{\"noted\":true}");
    scope_fini(&s);
}

/* ---- for the model ---- */

const struct line *history_last(const struct conversation *c)
{
    return list_empty(&c->lines) ? NULL : LIST_OF(c->lines.prev, struct line, link);
}

/* The newest of these is what counts: what was done is no longer open. */
static bool changes_viewing(const struct line *l)
{
    static const char end[] = "_viewing";
    size_t n = l->kind == LINE_TOOL ? strlen(l->name) : 0;
    return n >= sizeof end && strcmp(l->name + n + 1 - sizeof end, end) == 0 &&
           !strstr(l->result, "\"error\"");
}

const char *history_read_back(const struct conversation *c)
{
    const struct line *l, *answer = NULL, *told = NULL;
    LIST_EACH(l, &c->lines, const struct line, link) {
        if (changes_viewing(l)) {
            told = strstr(l->result, "\"read_back\"") ? l : NULL;
            answer = NULL;
        } else if (l->kind == LINE_CALLER) {
            answer = l;
        }
    }
    bool agreed = answer && !command_is_no(answer->text, conversation_language(c));
    return told && agreed ? told->result : NULL;
}

static void push(struct js *messages, struct scope *s, const char *role, const char *content)
{
    struct js *m = js_object(s);
    js_set_text(m, "role", role);
    js_set_text(m, "content", content);
    js_push(messages, m);
}

static void push_tool(struct js *messages, struct scope *s, const struct line *l, int number)
{
    struct js *m = js_object(s), *calls = js_array(s), *call = js_object(s),
              *function = js_object(s);
    struct js *answer = js_object(s);
    const char *id = arena_printf(s->arena, "call_%d", number);
    js_set_text(function, "name", l->name);
    js_set_text(function, "arguments", l->arguments);
    js_set_text(call, "id", id);
    js_set_text(call, "type", "function");
    js_set(call, "function", function);
    js_push(calls, call);
    js_set_text(m, "role", "assistant");
    js_set_text(m, "content", *l->text ? l->text : NULL);
    js_set(m, "tool_calls", calls);
    js_push(messages, m);
    js_set_text(answer, "role", "tool");
    js_set_text(answer, "tool_call_id", id);
    js_set_text(answer, "content", l->result);
    js_push(messages, answer);
}

const char *history_instructions(struct scope *s, const struct conversation *c)
{
    const struct agent *a = c->agent;
    struct prompt p = {
        .who = a->who,
        .custom = a->prompt,
        .template = a->template,
        .commands = a->commands,
        .language = a->language,
        .wall_ms = clock_wall_ms(),
        .utc_offset_s = a->utc_offset_s,
        .outbound = c->outbound,
        .can_transfer = a->transfer_to != NULL,
    };
    p.who.contact = c->contact;
    return prompt_system(s->arena, &p);
}

const struct js *history_messages(struct scope *s, const struct conversation *c, const char *guess)
{
    struct js *messages = js_array(s);
    const struct line *l;
    int number = 0;
    push(messages, s, "system", history_instructions(s, c));
    LIST_EACH(l, &c->lines, const struct line, link) {
        if (l->kind == LINE_TOOL)
            push_tool(messages, s, l, ++number);
        else
            push(messages, s, l->kind == LINE_CALLER ? "user" : "assistant", l->text);
    }
    const char *told = guess ? history_reply(s->arena, c) : "";
    if (*told)
        push(messages, s, "assistant", told);
    if (guess)
        push(messages, s, "user", guess);
    return messages;
}
