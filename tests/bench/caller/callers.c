/* The callers: a task each. They are answered, speak so many turns in all, and hang up. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "caller.h"
#include "io/js.h"
#include "loop/task.h"
#include <stdlib.h>

#define ANSWER_MAX (8u << 20)
#define CALL_TURNS 12 /* then a caller hangs up and rings again: few talk longer */

static struct call calls[CALLERS_MAX + 1];
static unsigned callers; /* numbers 1 to this are on the line */

/* What all of them do now; the last one that is done wakes who asked for it. */
static struct work {
    enum err (*await_job)(struct call *c);
    unsigned running, failed;
    long long turns, think_ms; /* turns left to be spoken */
    struct buf times;          /* JSON, a list of numbers for each */
    struct wait over;
} work;

static void pause(long long ms)
{
    if (ms > 0)
        await_sleep((uint64_t)(ms / 2 + random() % (ms + 1)));
}

static void run(void *arg)
{
    struct call *c = arg;
    work.failed += work.await_job(c) != OK;
    if (--work.running == 0)
        wait_settle(&work.over);
}

/* -> {"failed": n, "times": [...]} */
static enum err await_all(struct req *r, enum err (*await_job)(struct call *c))
{
    work.await_job = await_job;
    work.over = WAIT_HERE;
    work.running = callers;
    work.failed = 0;
    work.times = BUF(ANSWER_MAX);
    for (unsigned i = 1; i <= callers; i++)
        task_spawn("caller", run, &calls[i]);
    if (callers)
        await_wait(&work.over);
    struct buf body = BUF(ANSWER_MAX);
    buf_printf(&body, "{\"failed\":%u,\"open\":%d,\"left\":%lu,\"times\":[%s]}", work.failed,
               upstream_open(), upstream_left(), work.times.p);
    enum err e = req_reply(r, 200, body.p);
    buf_free(&body);
    buf_free(&work.times);
    return e;
}

/* ---- answered ---- */

static enum err await_answered(struct call *c)
{
    pause(work.think_ms);
    uint64_t began = clock_us();
    TRY(await_call_answer(c));
    buf_printf(&work.times, "%s%llu", work.times.n ? "," : "",
               (unsigned long long)(clock_us() - began));
    return OK;
}

/* {"callers": n, "within_ms": n, "same_words": bool} -> us from ringing to listening */
enum err callers_answer(struct req *r)
{
    struct js *j;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    long long n = js_int(js_get(j, "callers"));
    if (n < 1 || n > CALLERS_MAX || callers)
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "callers", "1 to %d, and none on the line",
                    CALLERS_MAX);
    callers = (unsigned)n;
    work.think_ms = js_int(js_get(j, "within_ms"));
    for (unsigned i = 1; i <= callers; i++) {
        call_init(&calls[i], i);
        calls[i].same_words = js_true(js_get(j, "same_words"));
    }
    return await_all(r, await_answered);
}

/* ---- turns ---- */

static void note(const struct turn *t)
{
    if (!t->asked || !t->clause || !t->text || !t->sound || !t->playing)
        return;
    buf_printf(&work.times, "%s[%lld,%lld,%lld,%lld,%lld]", work.times.n ? "," : "",
               (long long)(t->asked - t->spoken), (long long)(t->text - t->clause),
               (long long)(t->answered - t->sound), (long long)(t->playing - t->answered),
               (long long)(t->clause - t->asked + t->sound - t->text));
}

static enum err await_again(struct call *c)
{
    bool same = c->same_words;
    TRY(await_call_hang_up(c));
    call_fini(c);
    call_init(c, c->number);
    c->same_words = same;
    return await_call_answer(c);
}

static enum err await_turns(struct call *c)
{
    for (unsigned n = 1; work.turns > 0; n++) {
        work.turns--;
        pause(work.think_ms);
        if (n % (CALL_TURNS + 1) == 0)
            TRY(await_again(c));
        TRY(await_call_speak(c, n));
        note(turn_of(c->number));
    }
    return OK;
}

/*
 * {"turns": in all, "think_ms": n} -> per turn: us from the words to the model, from the clause to the
 * speaker, from the sound to TwiML, from TwiML to the end of the clip; and in the hands of the two servers.
 */
enum err callers_turns(struct req *r)
{
    struct js *j;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    work.turns = js_int(js_get(j, "turns"));
    work.think_ms = js_int(js_get(j, "think_ms"));
    return await_all(r, await_turns);
}

/* ---- the end ---- */

static enum err await_hung_up(struct call *c)
{
    enum err e = await_call_hang_up(c);
    call_fini(c);
    return e;
}

enum err callers_hang_up(struct req *r)
{
    enum err e = await_all(r, await_hung_up);
    callers = 0;
    return e;
}
