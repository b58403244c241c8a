/*
 * The process's one libuv loop, and the order of a turn.
 *
 * Before the loop sleeps it calls, in this order: ready tasks, then every hook of TURN_FLUSH (write
 * what was queued), then every hook of TURN_ARM (compute timeouts). Ready tasks run again after I/O.
 * A turn of more than 50 ms is logged with the task that ran longest.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum turn_phase { TURN_FLUSH, TURN_ARM, TURN_PHASES };
typedef void turn_hook(void *arg);
typedef void timer_fn(void *arg);

void loop_open(void);
void loop_run(void); /* until loop_stop() */
void loop_stop(void);
void loop_close(void); /* after every adapter has been closed */
void loop_hook(enum turn_phase phase, turn_hook *fn, void *arg);
void loop_unhook(turn_hook *fn, void *arg);

/* SIGTERM and SIGINT call on_term; the second one exits at once. */
void loop_on_term(void (*on_term)(void));

/*
 * Timers for code above the io layer. `every` repeats; a timer belongs to its creator, who ends it
 * with timer_cancel() (then *t is NULL). fn runs on the loop's stack: it must not await.
 */
struct timer;
struct timer *timer_after(uint64_t ms, timer_fn *fn, void *arg);
struct timer *timer_every(uint64_t ms, timer_fn *fn, void *arg);
void timer_cancel(struct timer **t);

/* The longest turn so far of those over 50 ms; 0 when there was none. */
uint64_t loop_worst_turn_ms(void);

/* For the adapters: uv_loop_t *, without dragging uv.h into every file. */
void *loop_uv(void);
