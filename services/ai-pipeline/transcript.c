#include "transcript.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/db.h"
#include "io/js.h"
#include "messages.h"
#include "pipeline.h"
#include "provider.h"
#include "sql.h"
#include "tape.h"
#include "transcribe.h"
#include "words.h"
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX    (12u << 20)
#define PACK_MS      60000
#define PACK_ARENA   (4u << 20)
#define SEGMENTS_MAX 1000
#define TURNS_MAX    400
#define AHEAD        6    /* turns that may lie between two that are recognised */
#define ALIKE        0.45 /* of the words: then it is that turn, heard again */
#define OF_THE_AGENT 0.6  /* of the words were the agent's: then it is the agent, on one channel */

struct said {
    int channel, start_ms, end_ms, turn;
    bool agent;
    const char *text, *plain;
};
struct turn {
    int seq;
    bool agent;
    const char *plain;
};
struct work {
    struct scope *scope;
    const char *call, *language, *hints;
    struct said said[SEGMENTS_MAX];
    size_t n;
    struct turn turns[TURNS_MAX];
    size_t turns_n;
    const char *agents, *callers; /* all that they said, for comparison */
    int channels;
    bool cut;
};

/* ---- what was said live ---- */

static void read_turns(struct work *w, const struct js *list)
{
    struct buf texts[2] = {buf_in(w->scope->arena, 256u << 10),
                           buf_in(w->scope->arena, 256u << 10)};
    for (size_t i = 0; i < js_count(list) && w->turns_n < TURNS_MAX; i++) {
        const struct js *j = js_at(list, i);
        struct turn *t = &w->turns[w->turns_n++];
        t->seq = (int)js_int(js_get(j, "seq"));
        t->agent = strcmp(js_text(js_get(j, "role")), "agent") == 0;
        t->plain = words_plain(w->scope->arena, js_text(js_get(j, "text")));
        buf_printf(&texts[t->agent], "%s ", t->plain);
    }
    w->callers = texts[0].p;
    w->agents = texts[1].p;
}

/* ---- who said it, and when live ---- */

/* Which channel is whose is not promised: the agent's is the one that has more of the agent's words. */
static int channel_of_agent(const struct work *w)
{
    double score[2] = {0, 0};
    for (size_t i = 0; i < w->n; i++)
        score[w->said[i].channel] +=
            words_shared(w->said[i].plain, w->agents) - words_shared(w->said[i].plain, w->callers);
    return score[0] > score[1] ? 0 : 1;
}

static void tell_roles(struct work *w)
{
    int agent = channel_of_agent(w);
    for (size_t i = 0; i < w->n; i++) {
        struct said *s = &w->said[i];
        double its = words_shared(s->plain, w->agents);
        s->agent = w->channels == 2
                       ? s->channel == agent
                       : its >= OF_THE_AGENT && its > words_shared(s->plain, w->callers);
    }
}

static int in_order(const void *a, const void *b)
{
    const struct said *x = a, *y = b;
    return x->start_ms != y->start_ms ? x->start_ms - y->start_ms : x->channel - y->channel;
}

/* The turn of the same side that has the most of these words, not before the last one found. */
static void find_turns(struct work *w, bool agent)
{
    size_t from = 0;
    for (size_t i = 0; i < w->n; i++) {
        double best = ALIKE;
        size_t found = w->turns_n;
        int seen = 0;
        if (w->said[i].agent != agent)
            continue;
        for (size_t k = from; k < w->turns_n && seen < AHEAD; k++) {
            double d = words_shared(w->said[i].plain, w->turns[k].plain);
            if (w->turns[k].agent != agent)
                continue;
            seen++;
            if (d <= best)
                continue;
            best = d;
            found = k;
        }
        w->said[i].turn = found < w->turns_n ? w->turns[found].seq : -1;
        from = found < w->turns_n ? found : from;
    }
}

/* ---- the recording ---- */

static void take(struct work *w, int channel, const struct transcript *heard)
{
    for (size_t i = 0; i < heard->n && w->n < SEGMENTS_MAX; i++) {
        struct said *s = &w->said[w->n++];
        *s = (struct said){channel, heard->segments[i].start_ms, heard->segments[i].end_ms, -1};
        s->text = arena_strdup(w->scope->arena, heard->segments[i].text);
        s->plain = words_plain(w->scope->arena, s->text);
    }
    w->cut |= w->n == SEGMENTS_MAX;
}

static enum err await_pack(struct work *w, const struct pack *p)
{
    struct scope s;
    struct transcript heard;
    uint64_t left = clock_left(w->scope->deadline);
    scope_init_sized(&s, left < PACK_MS ? left : PACK_MS, PACK_ARENA);
    s.call_id = w->call;
    enum err e = await_transcribe_pack(&s, p, w->language, w->hints, &heard);
    if (e)
        e = fail(w->scope, e, *s.fault.code ? s.fault.code : NULL, NULL, "%s", s.fault.message);
    else
        take(w, p->channel, &heard);
    scope_fini(&s);
    return e;
}

static enum err await_listen(struct work *w, const struct recording_ask *ask)
{
    struct tape *t;
    struct pack *p;
    unsigned max_s = (unsigned)cfg.transcribe_minutes * 60;
    TRY(await_tape_open(w->scope, ask, transcribe_long_packs(), max_s, &t));
    for (;;) {
        TRY(await_tape(w->scope, t, &p));
        if (!p)
            break;
        enum err e = await_pack(w, p);
        pack_destroy(p);
        TRY(e);
    }
    w->channels = tape_channels(t);
    w->cut |= tape_ms(t) >= max_s * 1000;
    return OK;
}

/* ---- the result ---- */

static const char *segments_of(struct work *w)
{
    struct js *list = js_array(w->scope);
    for (size_t i = 0; i < w->n; i++) {
        const struct said *s = &w->said[i];
        struct js *j = js_object(w->scope);
        js_set_int(j, "seq", (long long)i);
        js_set_text(j, "role", s->agent ? "agent" : "caller");
        if (s->turn >= 0)
            js_set_int(j, "turn_seq", s->turn);
        js_set_int(j, "start_ms", s->start_ms);
        js_set_int(j, "end_ms", s->end_ms);
        js_set_text(j, "text", s->text);
        js_push(list, j);
    }
    return js_dump(w->scope, list);
}

static enum err await_store(struct work *w)
{
    tell_roles(w);
    qsort(w->said, w->n, sizeof *w->said, in_order);
    find_turns(w, true);
    find_turns(w, false);
    return await_db(w->scope, &SQL_transcription_store, NULL, w->call, segments_of(w), "done",
                    w->cut ? "cut" : NULL);
}

/* For good: the recording is gone, or is none. Otherwise again later; the sixth time was the last. */
static enum err await_give_up(struct scope *s, const char *call, enum err why)
{
    struct rows *again;
    struct fault fault = s->fault;
    const char *reason = *fault.code ? fault.code : err_code(why);
    s->fault = (struct fault){0};
    log_warn(s, "recording.not_transcribed", "error", err_name(why), "code", reason);
    if (why == ERR_MISSING || why == ERR_UNPROCESSABLE)
        return await_db(s, &SQL_transcription_store, NULL, call, "[]", "failed", reason);
    TRY(await_db(s, &SQL_job_failed, &again, call, RECORDING_TRANSCRIBE, reason));
    return row_true(again, 0, "again")
               ? OK
               : fail(s, ERR_UNPROCESSABLE, reason, NULL, "given up: %s", fault.message);
}

static enum err await_work_on(struct scope *s, const char *call)
{
    struct rows *job;
    struct js *turns;
    TRY(await_db(s, &SQL_transcription_begin, &job, call));
    if (!job->n)
        return OK;
    if (!cfg.transcribe_minutes)
        return await_db(s, &SQL_transcription_store, NULL, call, "[]", "failed", "switched_off");
    struct work *w = arena_alloc(s->arena, sizeof *w);
    *w = (struct work){.scope = s, .call = call};
    w->language = row(job, 0, "language");
    w->hints = row(job, 0, "hints");
    TRY(js_parse(s, row(job, 0, "turns"), 0, &turns));
    read_turns(w, turns);
    uint64_t began = clock_ms();
    enum err e = provider_open(ROLE_STT)
                     ? fail(s, ERR_BUSY, NULL, NULL, "transcription is down")
                     : await_listen(w, &(struct recording_ask){.sid = row(job, 0, "sid"),
                                                               .name = row(job, 0, "store_name")});
    metric_add("va_recordings_transcribed_total", e ? "result=\"error\"" : "result=\"ok\"", 1);
    if (e)
        return await_give_up(s, call, e);
    log_info(s, "recording.transcribed", "ms", fmt_int((long long)(clock_ms() - began)), "segments",
             fmt_int((long long)w->n));
    return await_store(w);
}

enum err transcript_make(struct msg *m)
{
    struct recording_transcribe in;
    struct scope s;
    TRY(recording_transcribe_decode(&m->scope, m->body, m->n, &in));
    scope_init_sized(&s, clock_left(m->scope.deadline), ARENA_MAX);
    s.tenant = m->scope.tenant;
    s.call_id = in.call_id;
    enum err e = await_work_on(&s, in.call_id);
    if (e)
        m->scope.fault = s.fault;
    scope_fini(&s);
    return e;
}
