#include "loop/loop.h"
#include "loop/task.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#define SLOW_TURN_MS 50
#define HOOKS_MAX    16

struct hook {
    turn_hook *fn;
    void *arg;
};

struct timer {
    uv_timer_t uv;
    timer_fn *fn;
    void *arg;
};

static uv_loop_t uv;
static uv_prepare_t before_sleep;
static uv_check_t after_io;
static uv_signal_t term, interrupt;
static struct hook hooks[TURN_PHASES][HOOKS_MAX];
static uint64_t turn_began_ns, turn_idle_ns, worst_turn;
static void (*term_fn)(void);
static int terms;

void *loop_uv(void)
{
    return &uv;
}

uint64_t loop_worst_turn_ms(void)
{
    return worst_turn;
}

/* Busy time since the last sleep: all that passed, less what libuv slept in poll. */
static void watch_turn(void)
{
    uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(&uv);
    uint64_t us = (now - turn_began_ns - (idle - turn_idle_ns)) / 1000, ms = us / 1000;
    metric_time("va_loop_turn_seconds", "", us);
    turn_began_ns = now;
    turn_idle_ns = idle;
    const char *task = task_longest();
    if (ms <= SLOW_TURN_MS)
        return;
    if (ms > worst_turn)
        worst_turn = ms;
    metric_add("va_loop_slow_turns_total", "", 1);
    log_warn(NULL, "loop.slow_turn", "ms", fmt_int((long long)ms), "task", task);
}

/* The end of a turn, in written order; again when a hook has made a task ready. */
static void on_before_sleep(uv_prepare_t *p)
{
    (void)p;
    do {
        task_run_ready();
        for (int phase = 0; phase < TURN_PHASES; phase++)
            for (int i = 0; i < HOOKS_MAX; i++)
                if (hooks[phase][i].fn)
                    hooks[phase][i].fn(hooks[phase][i].arg);
    } while (task_any_ready());
    watch_turn();
}

static void on_after_io(uv_check_t *c)
{
    (void)c;
    task_run_ready();
}

void loop_hook(enum turn_phase phase, turn_hook *fn, void *arg)
{
    for (int i = 0; i < HOOKS_MAX; i++)
        if (!hooks[phase][i].fn) {
            hooks[phase][i] = (struct hook){fn, arg};
            return;
        }
    die("loop: more than %d hooks in a phase", HOOKS_MAX);
}

void loop_unhook(turn_hook *fn, void *arg)
{
    for (int phase = 0; phase < TURN_PHASES; phase++)
        for (int i = 0; i < HOOKS_MAX; i++)
            if (hooks[phase][i].fn == fn && hooks[phase][i].arg == arg)
                hooks[phase][i].fn = NULL;
}

void loop_open(void)
{
    signal(SIGPIPE, SIG_IGN);
    CHECK(uv_loop_init(&uv) == 0);
    CHECK(uv_loop_configure(&uv, UV_METRICS_IDLE_TIME) == 0);
    uv_prepare_init(&uv, &before_sleep);
    uv_check_init(&uv, &after_io);
    uv_prepare_start(&before_sleep, on_before_sleep);
    uv_check_start(&after_io, on_after_io);
    uv_signal_init(&uv, &term);
    uv_signal_init(&uv, &interrupt);
    turn_began_ns = uv_hrtime();
}

static void on_term_signal(uv_signal_t *s, int number)
{
    (void)s;
    if (++terms > 1)
        _exit(128 + number);
    term_fn();
}

void loop_on_term(void (*on_term)(void))
{
    term_fn = on_term;
    uv_signal_start(&term, on_term_signal, SIGTERM);
    uv_signal_start(&interrupt, on_term_signal, SIGINT);
}

void loop_run(void)
{
    uv_run(&uv, UV_RUN_DEFAULT);
}

void loop_stop(void)
{
    uv_stop(&uv);
}

void loop_close(void)
{
    uv_prepare_stop(&before_sleep);
    uv_check_stop(&after_io);
    uv_close((uv_handle_t *)&before_sleep, NULL);
    uv_close((uv_handle_t *)&after_io, NULL);
    uv_close((uv_handle_t *)&term, NULL);
    uv_close((uv_handle_t *)&interrupt, NULL);
    uv_run(&uv, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&uv) == 0);
}

static void on_timer(uv_timer_t *t)
{
    struct timer *self = t->data;
    self->fn(self->arg);
}

static struct timer *timer_start(uint64_t ms, uint64_t repeat, timer_fn *fn, void *arg)
{
    struct timer *t = must(calloc(1, sizeof *t));
    t->fn = fn;
    t->arg = arg;
    uv_timer_init(&uv, &t->uv);
    t->uv.data = t;
    uv_update_time(&uv);
    uv_timer_start(&t->uv, on_timer, ms, repeat);
    return t;
}

struct timer *timer_after(uint64_t ms, timer_fn *fn, void *arg)
{
    return timer_start(ms, 0, fn, arg);
}

struct timer *timer_every(uint64_t ms, timer_fn *fn, void *arg)
{
    return timer_start(ms, ms, fn, arg);
}

static void on_timer_closed(uv_handle_t *h)
{
    free(h->data);
}

void timer_cancel(struct timer **t)
{
    if (!*t)
        return;
    uv_close((uv_handle_t *)&(*t)->uv, on_timer_closed);
    *t = NULL;
}
