/* Calls over media streams, as many as are asked for: opened, measured, closed; and short ones, one after another. */
#include "base/clock.h"
#include "base/die.h"
#include "caller.h"
#include "io/js.h"
#include "loop/task.h"
#include <stdlib.h>

#define SOUND_MS   15000
#define ANSWER_MAX (16u << 20)

static struct held {
    struct call call;
    struct line *line;
    bool called; /* or an echo */
} held[CALLERS_MAX];
static unsigned n_held;

static struct work {
    const char *echo; /* URL; NULL: calls */
    unsigned running, left, failed, think_ms, every_ms, started;
    struct wait over;
} work;

static void done(enum err e)
{
    work.failed += e != OK;
    if (--work.running == 0)
        wait_settle(&work.over);
}

static enum err await_call_line(struct held *h, unsigned number)
{
    call_init(&h->call, number);
    h->called = true;
    TRY(await_call_answer(&h->call));
    if (!h->call.media)
        return ERR_UPSTREAM;
    return await_line_open(h->call.media, &h->call, work.think_ms, &h->line);
}

static enum err await_hung_up(struct held *h)
{
    enum err e = OK;
    if (h->line)
        line_close(h->line);
    if (h->called) {
        e = await_call_hang_up(&h->call);
        call_fini(&h->call);
    }
    *h = (struct held){0};
    return e;
}

/* ---- open ---- */

static void open_one(void *arg)
{
    struct held *h = arg;
    await_sleep((uint64_t)work.every_ms * work.started++);
    done(work.echo ? await_line_open(work.echo, NULL, 0, &h->line)
                   : await_call_line(h, (unsigned)(h - held) + 1));
}

static enum err await_everyone(unsigned n, void (*fn)(void *), struct held *from)
{
    work.over = WAIT_HERE;
    work.running = n;
    work.failed = work.started = 0;
    for (unsigned i = 0; i < n; i++)
        task_spawn("stream", fn, from ? &from[i] : NULL);
    if (n)
        await_wait(&work.over);
    return OK;
}

/* {"calls": more of them, "per_second": n, "think_ms": n, "echo": URL} */
enum err streams_open(struct req *r)
{
    struct js *j;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    long long n = js_int(js_get(j, "calls")), rate = js_int(js_get(j, "per_second"));
    if (n < 1 || n > CALLERS_MAX - n_held || rate < 1)
        return fail(&r->scope, ERR_UNPROCESSABLE, NULL, "calls", "at most %d in all", CALLERS_MAX);
    work.echo = js_text(js_get(j, "echo"));
    work.think_ms = (unsigned)js_int(js_get(j, "think_ms"));
    work.every_ms = (unsigned)(1000 / rate);
    struct held *from = held + n_held;
    n_held += (unsigned)n;
    TRY(await_everyone((unsigned)n, open_one, from));
    return req_reply(r, 200,
                     arena_printf(r->scope.arena, "{\"failed\":%u,\"open\":%u}", work.failed,
                                  lines_read().open));
}

/* ---- measure ---- */

/* {"ms": n} -> counts, and the turns; see line.c */
enum err streams_measure(struct req *r)
{
    struct js *j;
    struct buf turns = BUF(ANSWER_MAX), body = BUF(ANSWER_MAX + 1024);
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    lines_measure(&turns);
    await_sleep((uint64_t)js_int(js_get(j, "ms")));
    struct line_stats s = lines_read();
    lines_measure(NULL);
    buf_printf(&body,
               "{\"open\":%u,\"lost\":%u,\"sent\":%lu,\"sent_late\":%lu,\"heard\":%lu,\"late\":%lu,"
               "\"turns\":[%s]}",
               s.open, s.lost, s.sent, s.sent_late, s.heard, s.late, turns.p);
    enum err e = req_reply(r, 200, body.p);
    buf_free(&turns);
    buf_free(&body);
    return e;
}

/* ---- close ---- */

static void close_one(void *arg)
{
    await_sleep((uint64_t)work.started++ * 2);
    done(await_hung_up(arg));
}

enum err streams_close(struct req *r)
{
    TRY(await_everyone(n_held, close_one, held));
    n_held = 0;
    return req_reply(r, 200, arena_printf(r->scope.arena, "{\"failed\":%u}", work.failed));
}

/* ---- short calls ---- */

static enum err await_short_call(void)
{
    static unsigned number;
    struct held h = {0};
    enum err e = await_call_line(&h, ++number);
    if (!e)
        e = await_line_sound(h.line, SOUND_MS);
    enum err end = await_hung_up(&h);
    return e ? e : end;
}

static void churn(void *arg)
{
    (void)arg;
    unsigned failed = 0;
    while (work.left && work.left--)
        failed += await_short_call() != OK;
    work.failed += failed;
    done(OK);
}

/* {"calls": in all, "at_once": n}: each is answered, hears something, and hangs up */
enum err streams_churn(struct req *r)
{
    struct js *j;
    TRY(js_parse(&r->scope, r->body, r->body_n, &j));
    work.left = (unsigned)js_int(js_get(j, "calls"));
    work.think_ms = 600000;
    TRY(await_everyone((unsigned)js_int(js_get(j, "at_once")), churn, NULL));
    return req_reply(r, 200, arena_printf(r->scope.arena, "{\"failed\":%u}", work.failed));
}
