#include "ears.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/die.h"
#include "world.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS  20000
#define HEARD_MAX    (32u << 20)
#define SMALL_WINDOW 4096

struct ears {
    int fd;
    struct buf heard;
    size_t at; /* what hear() has not looked at yet */
    bool over;
    const char *token, *path, *last; /* of one who comes back; else NULL */
};

static int knock(const char *token, const char *path, const char *last, bool reads)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)world_port(GATEWAY))};
    int small = SMALL_WINDOW, fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if (!reads)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    leaves_no_trace(fd);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    const char *request =
        text("GET %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n%s%s%s\r\n",
             path, world_port(GATEWAY), token, last ? "Last-Event-ID: " : "", last ? last : "",
             last ? "\r\n" : "");
    cr_assert_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    return fd;
}

/* Whether something came before the deadline; the end of the stream is something too. */
static bool take(struct ears *e, uint64_t deadline)
{
    char bytes[16384];
    struct pollfd p = {.fd = e->fd, .events = POLLIN};
    if (e->over || poll(&p, 1, (int)clock_left(deadline)) <= 0)
        return false;
    ssize_t n = read(e->fd, bytes, sizeof bytes);
    e->over = n <= 0;
    if (e->over && e->token) {
        close(e->fd);
        e->fd =
            knock(e->token, e->path, strstr(e->heard.p, "id: ") ? last_heard(e) : e->last, true);
        e->over = false;
    }
    if (n > 0)
        buf_put(&e->heard, bytes, (size_t)n);
    return true;
}

static struct ears *dial(const char *token, const char *path, const char *last, bool reads)
{
    struct ears *e = must(calloc(1, sizeof *e));
    e->heard = BUF(HEARD_MAX);
    e->fd = knock(token, path, last, reads);
    return e;
}

struct ears *listen_to(const char *token, const char *path, const char *last_event_id)
{
    return dial(token, path, last_event_id, true);
}

struct ears *listen_without_reading(const char *token, const char *path)
{
    return dial(token, path, NULL, false);
}

struct ears *listen_and_come_back(const char *token, const char *path, const char *last_event_id)
{
    struct ears *e = dial(token, path, last_event_id, true);
    e->token = token;
    e->path = path;
    e->last = last_event_id;
    return e;
}

const char *hear(struct ears *e, const char *event)
{
    const char *mark = text("event: %s\ndata: ", event);
    uint64_t deadline = clock_ms() + PATIENCE_MS;
    do {
        const char *at = strstr(e->heard.p + e->at, mark);
        const char *end = at ? strstr(at, "\n\n") : NULL;
        if (!end)
            continue;
        at += strlen(mark);
        e->at = (size_t)(end - e->heard.p);
        return text("%.*s", (int)(end - at), at);
    } while (take(e, deadline));
    cr_assert_fail("no %s%s; heard: %s", event, e->over ? ", and the stream has ended" : "",
                   e->heard.p);
    return NULL;
}

/* Each byte is looked at once or twice: a stream may be long, and come in small pieces. */
bool heard_id(struct ears *e, const char *id, int seconds)
{
    const char *mark = text("id: %s\n", id);
    size_t looked = 0;
    uint64_t deadline = clock_ms() + (uint64_t)seconds * 1000;
    do {
        if (strstr(e->heard.p + looked, mark))
            return true;
        looked = e->heard.n > strlen(mark) ? e->heard.n - strlen(mark) : 0;
    } while (take(e, deadline));
    return false;
}

const char *everything_heard(const struct ears *e)
{
    return e->heard.p;
}

const char *last_heard(const struct ears *e)
{
    const char *last = NULL;
    for (const char *p = e->heard.p; (p = strstr(p, "id: ")); p++)
        if (strstr(p, "\n\n"))
            last = p + 4;
    cr_assert(last, "no event had an id: %s", e->heard.p);
    return text("%.36s", last);
}

bool falls_silent(struct ears *e, int seconds)
{
    e->token = NULL; /* who waits for the end does not come back */
    uint64_t deadline = clock_ms() + (uint64_t)seconds * 1000;
    while (take(e, deadline)) {
    }
    return e->over;
}

void stop_listening(struct ears *e)
{
    close(e->fd);
    buf_free(&e->heard);
    free(e);
}
