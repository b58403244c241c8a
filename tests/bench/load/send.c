/* Kept-alive connections, each with one request under way. */
#include "load.h"
#include "base/clock.h"
#include "base/die.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define ANSWER_MAX 4096
#define SILENCE_MS 60000
#define LOOK_MS    1

struct connection {
    int fd;
    bool busy;
    size_t request;
    uint64_t due_us;
    char answer[ANSWER_MAX + 1];
    size_t n;
};

struct sender {
    const struct requests *requests;
    const struct plan *plan;
    struct connection *connections;
    size_t next;
    uint64_t began_us;
    int epoll;
    struct result result;
};

static int connect_to(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to))
        die("load: cannot connect to port %s: %s", port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

/* A request is smaller than any socket buffer, and nothing else is under way: one write takes it. */
static void begin(struct sender *s, struct connection *c, size_t request, uint64_t due_us)
{
    const size_t *at = &s->requests->at[request];
    *c = (struct connection){.fd = c->fd, .busy = true, .request = request, .due_us = due_us};
    if (write(c->fd, s->requests->text + at[0], at[1] - at[0]) != (ssize_t)(at[1] - at[0]))
        die("load: a request was not taken: %s", strerror(errno));
}

static uint64_t due_us(const struct sender *s, size_t request)
{
    return s->began_us + request * 1000000 / s->plan->rate;
}

/* Whatever is due leaves, as long as a connection is free. */
static void begin_due(struct sender *s)
{
    for (unsigned i = 0; i < s->plan->connections && s->next < s->requests->n; i++) {
        struct connection *c = &s->connections[i];
        if (c->busy)
            continue;
        uint64_t now = clock_us(), due = s->plan->rate ? due_us(s, s->next) : now;
        if (due > now)
            return;
        begin(s, c, s->next++, due);
    }
}

static bool whole(const struct connection *c)
{
    const char *end = strstr(c->answer, "\r\n\r\n");
    const char *length = strcasestr(c->answer, "\r\nContent-Length:");
    if (!end)
        return false;
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return c->n >= (size_t)(end + 4 - c->answer) + body;
}

static void receive(struct sender *s, struct connection *c)
{
    ssize_t n = read(c->fd, c->answer + c->n, ANSWER_MAX - c->n);
    if (n <= 0)
        die("load: the connection ended: %s", n ? strerror(errno) : "no answer");
    c->n += (size_t)n;
    c->answer[c->n] = 0;
    if (!whole(c))
        return;
    if (strncmp(c->answer, "HTTP/1.1 2", 10) != 0) {
        s->result.refused++;
        begin(s, c, c->request, c->due_us);
        return;
    }
    c->busy = false;
    s->result.us[c->request] = clock_us() - c->due_us;
    s->result.n++;
    if (!s->plan->rate && s->next < s->requests->n)
        begin(s, c, s->next++, clock_us());
}

static void wait_for_answers(struct sender *s)
{
    struct epoll_event events[64];
    int n = epoll_wait(s->epoll, events, 64, s->plan->rate ? LOOK_MS : SILENCE_MS);
    if (n == 0 && !s->plan->rate)
        die("load: no answer for a minute");
    for (int i = 0; i < n; i++)
        receive(s, events[i].data.ptr);
}

static void open_connections(struct sender *s)
{
    s->connections = must(calloc(s->plan->connections, sizeof *s->connections));
    s->epoll = epoll_create1(0);
    for (unsigned i = 0; i < s->plan->connections; i++) {
        struct connection *c = &s->connections[i];
        c->fd = connect_to(s->plan->port);
        CHECK(epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->fd,
                        &(struct epoll_event){.events = EPOLLIN, .data.ptr = c}) == 0);
    }
}

static double cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

struct result send_all(const struct requests *r, const struct plan *p)
{
    struct sender s = {.requests = r, .plan = p};
    s.result.us = must(calloc(r->n, sizeof *s.result.us));
    open_connections(&s);
    double before = cpu_s();
    s.began_us = clock_us();
    while (s.result.n < r->n) {
        if (p->rate || s.next < p->connections)
            begin_due(&s);
        wait_for_answers(&s);
    }
    s.result.seconds = (double)(clock_us() - s.began_us) / 1e6;
    s.result.cpu_s = cpu_s() - before;
    return s.result;
}
