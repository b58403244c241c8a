/*
 * Closing a socket that still holds unread bytes makes the kernel send a reset, which may overtake
 * the answer we just wrote. So a connection that was answered early is read empty for a moment.
 */
#include "base/die.h"
#include "io/httpd_impl.h"
#include "loop/loop.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MS    1000
#define LINGER_BYTES (1 << 20)
#define LINGERS_MAX  128

struct lingering {
    uv_poll_t poll;
    uv_timer_t timer;
    int fd, handles;
    size_t left;
};

static int lingers;

static void on_closed(uv_handle_t *h)
{
    struct lingering *l = h->data;
    if (--l->handles)
        return;
    close(l->fd);
    free(l);
    lingers--;
}

static void end(struct lingering *l)
{
    if (uv_is_closing((uv_handle_t *)&l->poll))
        return;
    uv_close((uv_handle_t *)&l->poll, on_closed);
    uv_close((uv_handle_t *)&l->timer, on_closed);
}

static void on_readable(uv_poll_t *p, int status, int events)
{
    (void)events;
    struct lingering *l = p->data;
    char sink[16 * 1024];
    ssize_t n = status < 0 ? 0 : recv(l->fd, sink, sizeof sink, MSG_DONTWAIT);
    if (n <= 0 || (size_t)n >= l->left)
        end(l);
    else
        l->left -= (size_t)n;
}

static void on_time(uv_timer_t *t)
{
    end(t->data);
}

void httpd_linger(int fd)
{
    if (fd < 0)
        return;
    if (lingers == LINGERS_MAX) {
        close(fd);
        return;
    }
    struct lingering *l = must(calloc(1, sizeof *l));
    *l = (struct lingering){.fd = fd, .handles = 2, .left = LINGER_BYTES};
    lingers++;
    CHECK(uv_poll_init(loop_uv(), &l->poll, fd) == 0);
    uv_timer_init(loop_uv(), &l->timer);
    l->poll.data = l->timer.data = l;
    uv_poll_start(&l->poll, UV_READABLE, on_readable);
    uv_timer_start(&l->timer, on_time, LINGER_MS, 0);
}
