#include "conversation.h"
#include "agent.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "direct.h"
#include "loop/task.h"
#include "pipeline.h"
#include "talk.h"
#include "think.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS        1024u
#define MAIL_MAX       512 /* an answer of the model is at most 60 events, its sounds 48 */
#define IDLE_MS        (15 * 60 * 1000)
#define LEAVE_MS       5000 /* clips are fetched when their turn to be played comes */
#define LINES_MAX      200
#define LINE_BYTES_MAX (48u << 10)

static struct list sids[BUCKETS], calls[BUCKETS];
static int count;
static bool leaving;

static struct list *bucket(struct list table[BUCKETS], const char *key)
{
    uint32_t h = 2166136261u;
    for (; *key; key++)
        h = (h ^ (uint8_t)*key) * 16777619u;
    return &table[h % BUCKETS];
}

/* ---- destructors ---- */

static void drop_line(struct conversation *c, struct line *l)
{
    list_remove(&l->link);
    c->n_lines--;
    c->line_bytes -= strlen(l->text) + (l->result ? strlen(l->result) : 0);
    free(l);
}

static void destroy(struct conversation *c)
{
    struct line *l;
    c->front->ended(c);
    LIST_EACH(l, &c->lines, struct line, link)
        drop_line(c, l);
    reply_clear(&c->reply);
    direct_close(c->direct);
    mailbox_fini(&c->mail);
    agent_drop(c->agent);
    list_remove(&c->by_sid);
    list_remove(&c->by_call);
    free((void *)c->contact);
    free((void *)c->rehearsal);
    free(c->last_words);
    free(c->about);
    free(c);
    metric_set("va_conversations", "", --count);
}

/* ---- the task ---- */

static uint64_t next_wake(const struct conversation *c)
{
    uint64_t at = c->heard_at + IDLE_MS, front = c->front->wake(c), model = think_wake(c);
    at = front < at ? front : at;
    at = model < at ? model : at;
    at = c->leave_at && c->leave_at < at ? c->leave_at : at;
    return c->close_at && c->close_at < at ? c->close_at : at;
}

static void act(struct conversation *c, struct event *ev)
{
    if (ev && ev->kind < EV_FRONT_END) {
        c->heard_at = clock_ms();
        c->close_at = 0;
        c->front->taken(c);
    }
    if (ev && ev->kind == EV_LEAVE)
        c->leave_at = clock_ms() + LEAVE_MS;
    if (ev)
        talk_event(c, ev);
    else
        think_due(c);
    uint64_t now = clock_ms();
    c->over |= now >= c->heard_at + IDLE_MS || (c->close_at && now >= c->close_at);
    c->front->moved(c);
    c->over |= c->leave_at && (now >= c->leave_at || c->front->played(c));
}

static void converse(void *arg)
{
    struct conversation *c = arg;
    await_talk_begin(c);
    if (*c->call_id)
        list_append(bucket(calls, c->call_id), &c->by_call);
    while (!c->over) {
        struct event *ev = await_event(&c->mail, next_wake(c));
        if (!c->over) /* or nothing of it is ours any more */
            act(c, ev);
        event_free(ev);
    }
    talk_end(c);
    destroy(c);
}

/* ---- for its steps ---- */

const char *conversation_far(const struct conversation *c)
{
    return c->outbound ? c->to : c->from;
}

const struct voice *conversation_voice(const struct conversation *c)
{
    return c->agent && !c->in_writing ? &c->agent->voice : NULL;
}

struct names conversation_names(const struct conversation *c)
{
    struct names who = c->agent ? c->agent->who : (struct names){0};
    who.contact = c->contact;
    return who;
}

const char *conversation_language(const struct conversation *c)
{
    return c->agent ? c->agent->language : "en-US";
}

long long conversation_ms(const struct conversation *c)
{
    return (int64_t)clock_ms() - c->began;
}

static const char *const degraded_words[] = {
#define DEGRADED(name, word, help) word,
#include "degraded.tbl.h"
#undef DEGRADED
};

size_t conversation_degraded_words(const struct conversation *c, const char *words[DEGRADED_COUNT])
{
    size_t n = 0;
    for (int i = 0; i < DEGRADED_COUNT; i++)
        if (c->degraded & 1u << i)
            words[n++] = degraded_words[i];
    return n;
}

void conversation_was_degraded(struct conversation *c, const char *word)
{
    for (int i = 0; i < DEGRADED_COUNT; i++)
        if (strcmp(degraded_words[i], word) == 0)
            c->degraded |= 1u << i;
}

void conversation_hand_over(struct conversation *c)
{
    c->handed_over = c->over = true;
    mailbox_post(&c->mail, EV_HUNG_UP, NULL, 0); /* or its task would wait on */
}

const struct scope *conversation_scope(const struct conversation *c)
{
    static struct scope s;
    s = (struct scope){.call_id = *c->call_id ? c->call_id : NULL};
    snprintf(s.id, sizeof s.id, "%s", c->sid);
    scope_trace(&s, c->trace);
    return &s;
}

void conversation_degraded(struct conversation *c, enum degraded what)
{
    char labels[40];
    if (c->degraded & 1u << what)
        return;
    c->degraded |= 1u << what;
    snprintf(labels, sizeof labels, "what=\"%s\"", degraded_words[what]);
    metric_add("va_degraded_total", labels, 1);
}

/* Appends text with its NUL to what lies at *p, and moves p behind it. */
static const char *stow(char **p, const char *text)
{
    char *at = *p;
    if (!text)
        return NULL;
    size_t n = strlen(text) + 1;
    memcpy(at, text, n);
    *p += n;
    return at;
}

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

void conversation_line(struct conversation *c, enum line_kind kind, const char *text,
                       const char *name, const char *arguments, const char *result)
{
    struct line *l = must(
        malloc(sizeof *l + size_of(text) + size_of(name) + size_of(arguments) + size_of(result)));
    char *p = l->space;
    l->kind = kind;
    l->direct = kind == LINE_AGENT && c->reply.direct;
    l->text = stow(&p, text);
    l->name = stow(&p, name);
    l->arguments = stow(&p, arguments);
    l->result = stow(&p, result);
    list_append(&c->lines, &l->link);
    c->n_lines++;
    c->line_bytes += strlen(text) + (result ? strlen(result) : 0);
    while (c->n_lines > LINES_MAX || (c->n_lines > 1 && c->line_bytes > LINE_BYTES_MAX))
        drop_line(c, LIST_FIRST(&c->lines, struct line, link));
}

/* ---- public ---- */

void conversation_start(void)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        list_init(&sids[i]);
        list_init(&calls[i]);
    }
}

struct conversation *conversation_find(const char *sid)
{
    struct conversation *c;
    LIST_EACH(c, bucket(sids, sid), struct conversation, by_sid)
        if (strcmp(c->sid, sid) == 0 && !c->over)
            return c;
    return NULL;
}

struct conversation *conversation_of_call(const char *call_id)
{
    struct conversation *c;
    LIST_EACH(c, bucket(calls, call_id), struct conversation, by_call)
        if (strcmp(c->call_id, call_id) == 0)
            return c;
    return NULL;
}

struct conversation *conversation_open(const struct arrival *a, const struct front *front,
                                       struct turns *turns)
{
    if (!conversation_room()) {
        log_error(NULL, "conversation.refused", "held", fmt_int(count));
        return NULL;
    }
    struct conversation *c = must(calloc(1, sizeof *c));
    snprintf(c->sid, sizeof c->sid, "%s", a->sid);
    snprintf(c->from, sizeof c->from, "%s", a->from);
    snprintf(c->to, sizeof c->to, "%s", a->to);
    snprintf(c->attempt, sizeof c->attempt, "%s", a->attempt ? a->attempt : "");
    c->outbound = a->outbound;
    c->turns_expected = a->turns;
    c->front = front;
    c->turns = turns;
    c->heard_at = clock_ms();
    c->began = (int64_t)c->heard_at;
    mailbox_init(&c->mail, MAIL_MAX);
    list_init(&c->lines);
    list_init(&c->by_call);
    list_append(bucket(sids, c->sid), &c->by_sid);
    metric_set("va_conversations", "", ++count);
    task_spawn("conversation", converse, c);
    return c;
}

void conversation_leave_all(void)
{
    struct conversation *c;
    leaving = true;
    for (size_t i = 0; i < BUCKETS; i++)
        LIST_EACH(c, &sids[i], struct conversation, by_sid)
            mailbox_post(&c->mail, EV_LEAVE, NULL, 0);
}

bool conversation_leaving(void)
{
    return leaving;
}

bool conversation_room(void)
{
    return count < cfg.calls_max;
}

int conversation_count(void)
{
    return count;
}
