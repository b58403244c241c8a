#include "world_peer.h"
#include "io/httpc.h"
#include "loop/loop.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int peer_port;
atomic_int peer_connections, peer_requests, peer_hung_up;
char peer_last[1 << 20];
static peer_serve *serve;
static int listener;
static pthread_t thread;

static void *accept_all(void *arg)
{
    (void)arg;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
        peer_connections++;
        serve(fd);
    }
    return NULL;
}

void peer_listen(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    cr_assert_eq(listen(listener, 16), 0);
    getsockname(listener, (struct sockaddr *)&a, &n);
    peer_port = ntohs(a.sin_port);
}

void peer_unlisten(void)
{
    close(listener);
}

void peer_start(peer_serve *fn)
{
    serve = fn;
    peer_listen();
    cr_assert_eq(pthread_create(&thread, NULL, accept_all, NULL), 0);
}

void peer_stop(void)
{
    shutdown(listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(listener);
}

bool peer_request(int fd)
{
    for (size_t n = 0;;) {
        ssize_t got = read(fd, peer_last + n, sizeof peer_last - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        peer_last[n] = 0;
        char *end = strstr(peer_last, "\r\n\r\n"), *length = strstr(peer_last, "Content-Length: ");
        if (!end)
            continue;
        if (n >= (size_t)(end + 4 - peer_last) + (length ? strtoul(length + 16, NULL, 10) : 0))
            break;
    }
    peer_requests++;
    return true;
}

bool peer_put(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

void peer_wait_hangup(int fd)
{
    char c;
    while (read(fd, &c, 1) > 0)
        ;
    peer_hung_up++;
}

static void run_task(void *arg)
{
    task_fn *fn = *(task_fn **)arg;
    fn(NULL);
    loop_stop();
}

void peer_run(task_fn *fn)
{
    loop_open();
    httpc_open("test/1");
    task_spawn("test", run_task, &fn);
    loop_run();
    httpc_close();
    loop_close();
}
