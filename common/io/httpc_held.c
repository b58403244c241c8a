/* Bodies that wait for their moment. libuv's timers count milliseconds; a moment is meant to the microsecond. */
#include "base/clock.h"
#include "base/die.h"
#include "io/httpc_impl.h"
#include "loop/loop.h"
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#define US_PER_S 1000000

static struct list waiting = {&waiting, &waiting};
static int fd = -1;
static uv_poll_t poll_handle;

static void arm(void)
{
    uint64_t next = 0;
    struct http_stream *x;
    LIST_EACH(x, &waiting, struct http_stream, waiting)
        if (!next || x->body_at_us < next)
            next = x->body_at_us;
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(next / US_PER_S),
                                         .tv_nsec = (long)(next % US_PER_S) * 1000}};
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL) == 0);
}

static struct http_stream *due(void)
{
    uint64_t now = clock_us();
    struct http_stream *x;
    LIST_EACH(x, &waiting, struct http_stream, waiting)
        if (x->body_at_us <= now)
            return x;
    return NULL;
}

static void on_moment(uv_poll_t *p, int status, int events)
{
    (void)p, (void)status, (void)events;
    uint64_t fired;
    ssize_t n = read(fd, &fired, sizeof fired);
    (void)n;
    for (struct http_stream *x; (x = due());) {
        list_remove(&x->waiting);
        httpc_go_on(x);
    }
    httpc_turn();
    arm();
}

void held_wait(struct http_stream *x)
{
    if (fd < 0) {
        fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        CHECK(fd >= 0);
        CHECK(uv_poll_init(loop_uv(), &poll_handle, fd) == 0);
        CHECK(uv_poll_start(&poll_handle, UV_READABLE, on_moment) == 0);
    }
    if (list_empty(&x->waiting))
        list_append(&waiting, &x->waiting);
    arm();
}

static void on_closed(uv_handle_t *h)
{
    (void)h;
    close(fd);
    fd = -1;
}

void held_close(void)
{
    if (fd >= 0)
        uv_close((uv_handle_t *)&poll_handle, on_closed);
}
