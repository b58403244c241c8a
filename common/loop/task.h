/*
 * Tasks: stackful coroutines, so that a flow reads straight down. A task runs until it awaits; then
 * the loop goes on. Only functions named await_* may switch: read that prefix as "anything may have
 * changed after this line".
 *
 *     static void greet(void *arg) { await_sleep(100); ... }
 *     task_spawn("greet", greet, arg);                 runs in the loop's next turn
 *
 * A stack is 256 KB with a guard page; recursion on input is not allowed. One thread only.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct task;
typedef void task_fn(void *arg);

void task_spawn(const char *name, task_fn *fn, void *arg);
struct task *task_self(void); /* NULL on the loop's own stack */
int task_live(void);

/*
 * One wait for one answer, on the task's own stack. The adapter's callback calls wait_settle()
 * exactly once, at the latest at the operation's deadline; it may do so before await_wait().
 */
struct wait {
    struct task *task;
    bool settled, parked;
};
#define WAIT_HERE ((struct wait){.task = task_self()})
void wait_settle(struct wait *w);
void await_wait(struct wait *w);

void await_sleep(uint64_t ms);

/* Run fn on a worker thread (hashing, speech synthesis) while this task waits. */
void await_work(void (*fn)(void *arg), void *arg);

/* For the loop and the mailbox only. */
void task_run_ready(void);
bool task_any_ready(void);
void task_park(void);
void task_wake(struct task *t); /* only a parked task, only once per park */
const char *task_longest(void); /* name of the longest slice since the last question */
