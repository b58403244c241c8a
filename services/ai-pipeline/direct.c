#include "direct.h"
#include "agent.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "brain.h"
#include "conversation.h"
#include "history.h"
#include "io/js.h"
#include "job.h"
#include "pipeline.h"
#include "speech.h"
#include "tools.h"
#include "voice/realtime.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECT_MAGIC 0x44697265
#define TOOL_ID      64
#define SESSION_MAX  (1u << 20)

struct direct {
    uint32_t magic;
    struct conversation *c;
    struct realtime *r; /* NULL: it has failed */
    bool ready;
    unsigned serial;                /* of the answer that is being made; 0: none is */
    struct clip *clip;              /* its sound; NULL: nothing yet */
    bool given;                     /* it is the reply's; until then ours */
    int piece;                      /* of the reply, the last that was given; -1: none */
    bool said;                      /* it has heard the caller's last words itself */
    char tools[JOB_TOOLS][TOOL_ID]; /* whose results it waits for, in their order */
    int n_tools;
};

/* ---- the end of an answer ---- */

/* Its sound is as long as it is. */
static void end_clip(struct direct *d, bool good)
{
    if (d->clip)
        clip_end(d->clip, good);
    if (d->clip && !d->given)
        clip_destroy(d->clip);
    d->clip = NULL;
    d->given = false;
}

static void end_answer(struct direct *d, enum err e)
{
    struct brain_end end = {.serial = d->serial, .err = e, .again = true};
    if (!d->serial)
        return;
    d->serial = 0;
    metric_add("va_direct_total", e ? "end=\"error\"" : "end=\"ok\"", 1);
    mailbox_post(&d->c->mail, EV_BRAIN_END, &end, sizeof end);
}

static void lost(struct direct *d, enum err e)
{
    d->r = NULL;
    d->ready = false;
    d->n_tools = 0;
    end_clip(d, false);
    end_answer(d, e);
}

/* ---- from the model ---- */

static void on_ready(void *arg)
{
    struct direct *d = OBJ_CAST(struct direct, arg, DIRECT_MAGIC);
    d->ready = true;
    log_info(conversation_scope(d->c), "direct.ready");
}

static void post_words(struct direct *d, const char *text)
{
    size_t n = strlen(text) + 1, size = sizeof(struct brain_words) + n;
    struct brain_words *w = must(malloc(size));
    w->serial = d->serial;
    memcpy(w->text, text, n);
    mailbox_post(&d->c->mail, EV_SPEAKS, w, size);
    free(w);
}

static void begin_clip(struct direct *d)
{
    if (d->clip)
        return;
    mailbox_post(&d->c->mail, EV_FIRST_TOKEN, &d->serial, sizeof d->serial);
    d->clip = clip_begin(&d->c->mail, EV_SOUND);
    post_words(d, "");
}

static void on_sound(void *arg, const uint8_t *ulaw, size_t n)
{
    struct direct *d = OBJ_CAST(struct direct, arg, DIRECT_MAGIC);
    begin_clip(d);
    clip_add(d->clip, ulaw, n);
}

static void on_words(void *arg, const char *text)
{
    struct direct *d = OBJ_CAST(struct direct, arg, DIRECT_MAGIC);
    begin_clip(d);
    post_words(d, text);
}

static void on_tool(void *arg, const char *id, const char *name, const char *arguments)
{
    struct direct *d = OBJ_CAST(struct direct, arg, DIRECT_MAGIC);
    if (d->n_tools == JOB_TOOLS) {
        realtime_result(d->r, id, "{\"error\":\"too many at once\"}");
        return;
    }
    snprintf(d->tools[d->n_tools++], TOOL_ID, "%s", id);
    brain_post_tool(&d->c->mail, d->serial, id, name, arguments);
}

static void on_answered(void *arg, enum err e)
{
    struct direct *d = OBJ_CAST(struct direct, arg, DIRECT_MAGIC);
    end_clip(d, !e);
    end_answer(d, e);
}

static void on_closed(void *arg, enum err e)
{
    struct direct *d = OBJ_CAST(struct direct, arg, DIRECT_MAGIC);
    log_warn(conversation_scope(d->c), "direct.lost", "error", err_name(e));
    conversation_degraded(d->c, DEGRADED_DIRECT);
    lost(d, e);
}

/* ---- what it was not there for ---- */

/* Of the results it waits for, the next one is this. */
static void tell_result(struct direct *d, const char *result)
{
    realtime_result(d->r, d->tools[0], result);
    memmove(d->tools[0], d->tools[1], sizeof d->tools - TOOL_ID);
    d->n_tools--;
}

static void refuse_results(struct direct *d)
{
    while (d->n_tools)
        tell_result(d, "{\"error\":\"it was not done\"}");
}

static void tell_line(struct direct *d, struct scope *s, const struct line *l)
{
    if (l->kind == LINE_AGENT)
        realtime_tell(d->r, "assistant", l->text);
    else if (l->kind == LINE_CALLER && !(d->said && l == history_last(d->c)))
        realtime_tell(d->r, "user", l->text);
    else if (l->kind == LINE_TOOL && d->n_tools)
        tell_result(d, l->result);
    else if (l->kind == LINE_TOOL)
        realtime_tell(d->r, "system",
                      arena_printf(s->arena, "%s was done: %s", l->name, l->result));
}

static void tell_history(struct direct *d)
{
    struct scope s;
    struct line *l;
    scope_init_sized(&s, 0, SESSION_MAX);
    LIST_EACH(l, &d->c->lines, struct line, link)
        if (!l->direct) {
            tell_line(d, &s, l);
            l->direct = true;
        }
    refuse_results(d);
    d->said = false;
    scope_fini(&s);
}

/* ---- public ---- */

static struct realtime *open_session(struct direct *d, struct scope *s)
{
    static const struct realtime_h handlers = {on_ready, on_sound,    on_words,
                                               on_tool,  on_answered, on_closed};
    const struct agent *a = d->c->agent;
    return realtime_open(
        &(struct realtime_ask){
            .url = cfg.realtime_url,
            .api_key = *cfg.realtime_key ? cfg.realtime_key : cfg.openai_key,
            .model = cfg.realtime_model,
            .voice = a->voice.male ? cfg.realtime_male : cfg.realtime_female,
            .speed = a->voice.speed,
            .instructions = history_instructions(s, d->c),
            .tools = tools_offer(s, a->transfer_to != NULL),
        },
        &handlers, d);
}

struct direct *direct_open(struct conversation *c)
{
    struct scope s;
    if (!*cfg.realtime_url)
        return NULL;
    struct direct *d = must(calloc(1, sizeof *d));
    *d = (struct direct){.magic = DIRECT_MAGIC, .c = c, .piece = -1};
    scope_init_sized(&s, 0, SESSION_MAX);
    d->r = open_session(d, &s);
    scope_fini(&s);
    return d;
}

bool direct_ready(const struct direct *d)
{
    return d && d->ready;
}

void direct_said(struct direct *d, const uint8_t *ulaw, size_t n)
{
    if (!direct_ready(d))
        return;
    realtime_said(d->r, ulaw, n);
    d->said = true;
}

void direct_ask(struct direct *d, unsigned serial)
{
    tell_history(d);
    d->serial = serial;
    d->piece = -1;
    realtime_answer(d->r);
}

struct clip *direct_clip(struct direct *d, int piece)
{
    if (!d->clip || d->given)
        return NULL;
    d->given = true;
    d->piece = piece;
    return d->clip;
}

bool direct_begun(const struct direct *d)
{
    return d->clip != NULL;
}

void direct_stop(struct direct *d)
{
    if (!d->serial)
        return;
    d->serial = 0;
    end_clip(d, true);
    realtime_cut(d->r, UINT_MAX);
    refuse_results(d);
}

void direct_interrupted(struct direct *d, int pieces, unsigned ms)
{
    if (direct_ready(d) && d->piece >= pieces)
        realtime_cut(d->r, d->piece == pieces ? ms : 0);
}

void direct_leave(struct direct *d)
{
    if (!d)
        return;
    realtime_close(d->r);
    lost(d, ERR_CLOSING);
}

void direct_close(struct direct *d)
{
    if (!d)
        return;
    end_clip(d, true);
    realtime_close(d->r);
    OBJ_KILL(d, DIRECT_MAGIC);
    free(d);
}
