#include "loop/task.h"
#include "base/clock.h"
#include "base/die.h"
#include "loop/loop.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <uv.h>
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(from, to) 0
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

#define STACK_SIZE (256 * 1024)
#define GUARD_SIZE 4096
#define POOL_MAX   128 /* idle stacks kept; beyond, a stack is given back */

struct task {
    struct task *all_next, *all_prev; /* every task, for the debugger (tools/gdb_tasks.py) */
    struct task *next;                /* in the ready list or the pool */
    ucontext_t context;
    const char *name;
    task_fn *fn;
    void *arg;
    char *stack;
    unsigned valgrind_id;
    bool done;
    void *fake_stack, *fiber; /* for the sanitizers */
};

struct task *task_all;
static struct task *current, *pool, *ready, **ready_tail = &ready;
static int live, pooled;
static ucontext_t loop_context;

/* Sanitizers must be told about every change of stack; without them these are empty. */
#ifdef __SANITIZE_ADDRESS__
static void *loop_fake;
static const void *loop_bottom;
static size_t loop_size;
#endif
#ifdef __SANITIZE_THREAD__
static void *loop_fiber;
#endif

static inline void leave_loop(struct task *to)
{
    (void)to;
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&loop_fake, to->stack + GUARD_SIZE, STACK_SIZE);
#endif
#ifdef __SANITIZE_THREAD__
    loop_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
}

static inline void entered_loop(void)
{
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(loop_fake, NULL, NULL);
#endif
}

static inline void leave_task(struct task *t)
{
    (void)t;
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&t->fake_stack, loop_bottom, loop_size);
#endif
#ifdef __SANITIZE_THREAD__
    __tsan_switch_to_fiber(loop_fiber, 0);
#endif
}

static inline void entered_task(struct task *t)
{
    (void)t;
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(t->fake_stack, &loop_bottom, &loop_size);
#endif
}

void task_park(void)
{
    struct task *t = current;
    CHECK(t); /* awaiting on the loop's own stack would stop the process */
    leave_task(t);
    swapcontext(&t->context, &loop_context);
    entered_task(t);
}

/* A pooled stack is entered once and then reused: it parks between two jobs. */
static void entry(unsigned high, unsigned low)
{
    struct task *t = (struct task *)(((uintptr_t)high << 32) | low);
    entered_task(t);
    for (;;) {
        t->fn(t->arg);
        t->done = true;
        task_park();
    }
}

static void prepare_context(struct task *t)
{
    getcontext(&t->context);
    t->context.uc_stack.ss_sp = t->stack + GUARD_SIZE;
    t->context.uc_stack.ss_size = STACK_SIZE;
    t->context.uc_link = NULL;
    uintptr_t p = (uintptr_t)t;
    makecontext(&t->context, (void (*)(void))entry, 2, (unsigned)(p >> 32), (unsigned)p);
}

static struct task *create(void)
{
    struct task *t = must(calloc(1, sizeof *t));
    t->stack = mmap(NULL, STACK_SIZE + GUARD_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (t->stack == MAP_FAILED)
        die("task: no memory for a stack");
    mprotect(t->stack, GUARD_SIZE, PROT_NONE);
    t->valgrind_id =
        VALGRIND_STACK_REGISTER(t->stack + GUARD_SIZE, t->stack + GUARD_SIZE + STACK_SIZE);
    prepare_context(t);
#ifdef __SANITIZE_THREAD__
    t->fiber = __tsan_create_fiber(0);
#endif
    t->all_next = task_all;
    if (task_all)
        task_all->all_prev = t;
    task_all = t;
    return t;
}

static void destroy(struct task *t)
{
    if (t->all_prev)
        t->all_prev->all_next = t->all_next;
    else
        task_all = t->all_next;
    if (t->all_next)
        t->all_next->all_prev = t->all_prev;
#ifdef __SANITIZE_THREAD__
    __tsan_destroy_fiber(t->fiber);
#endif
    munmap(t->stack, STACK_SIZE + GUARD_SIZE);
    free(t);
}

static void retire(struct task *t)
{
    live--;
    if (pooled == POOL_MAX) {
        destroy(t);
        return;
    }
    t->next = pool;
    pool = t;
    pooled++;
}

static const char *longest_name = "loop";
static uint64_t longest_us;

/* The task whose slice was the longest since the last question; for the watchdog. */
const char *task_longest(void)
{
    const char *name = longest_name;
    longest_name = "loop";
    longest_us = 0;
    return name;
}

static void run(struct task *t)
{
    CHECK(!current);
    current = t;
    uint64_t began = clock_us();
    leave_loop(t);
    swapcontext(&loop_context, &t->context);
    entered_loop();
    current = NULL;
    uint64_t took = clock_us() - began;
    if (took > longest_us) {
        longest_us = took;
        longest_name = t->name;
    }
    if (t->done)
        retire(t);
}

void task_run_ready(void)
{
    for (struct task *t; (t = ready);) {
        ready = t->next;
        if (!ready)
            ready_tail = &ready;
        run(t);
    }
}

bool task_any_ready(void)
{
    return ready != NULL;
}

/* Waking only queues; no callback ever runs a task beneath itself. */
void task_wake(struct task *t)
{
    t->next = NULL;
    *ready_tail = t;
    ready_tail = &t->next;
}

void task_spawn(const char *name, task_fn *fn, void *arg)
{
    struct task *t = pool;
    if (t) {
        pool = t->next;
        pooled--;
    } else {
        t = create();
    }
    t->done = false;
    t->name = name;
    t->fn = fn;
    t->arg = arg;
    live++;
    task_wake(t);
}

struct task *task_self(void)
{
    return current;
}

int task_live(void)
{
    return live;
}

void wait_settle(struct wait *w)
{
    CHECK(!w->settled); /* an answer comes exactly once */
    w->settled = true;
    if (w->parked)
        task_wake(w->task);
}

void await_wait(struct wait *w)
{
    CHECK(w->task == current);
    if (w->settled)
        return;
    w->parked = true;
    task_park();
}

static void on_slept(void *arg)
{
    wait_settle(arg);
}

void await_sleep(uint64_t ms)
{
    struct wait w = WAIT_HERE;
    struct timer *t = timer_after(ms, on_slept, &w);
    await_wait(&w);
    timer_cancel(&t);
}

struct work {
    uv_work_t uv;
    struct wait wait;
    void (*fn)(void *);
    void *arg;
};

static void on_work(uv_work_t *u)
{
    struct work *w = u->data;
    w->fn(w->arg);
}

static void on_work_done(uv_work_t *u, int status)
{
    (void)status;
    struct work *w = u->data;
    wait_settle(&w->wait);
}

void await_work(void (*fn)(void *arg), void *arg)
{
    struct work w = {.wait = WAIT_HERE, .fn = fn, .arg = arg};
    w.uv.data = &w;
    CHECK(uv_queue_work(loop_uv(), &w.uv, on_work, on_work_done) == 0);
    await_wait(&w.wait);
}
