#include "voice/healthcheck.h"
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_S     2
#define ANSWER_MAX 1024

static const char request[] =
    "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/* The address we listen on; that of all interfaces leads to this machine. -1: nobody is there. */
static int reach(const char *address, int ops_port)
{
    char port[16];
    struct addrinfo *to;
    const struct timeval wait = {.tv_sec = WAIT_S};
    snprintf(port, sizeof port, "%d", ops_port);
    if (getaddrinfo(address, port,
                    &(struct addrinfo){.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                       .ai_socktype = SOCK_STREAM},
                    &to))
        return -1;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) ||
                    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) ||
                    connect(fd, to->ai_addr, to->ai_addrlen))) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(to);
    return fd;
}

/* The status line and what follows, as far as it fits. */
static void converse(int fd, char answer[ANSWER_MAX])
{
    size_t n = 0;
    ssize_t got = send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
    while (got > 0 && n < ANSWER_MAX - 1) {
        got = recv(fd, answer + n, ANSWER_MAX - 1 - n, 0);
        n += got > 0 ? (size_t)got : 0;
    }
    answer[n] = 0;
}

int healthcheck(const char *address, int ops_port)
{
    char answer[ANSWER_MAX] = "";
    int fd = reach(address, ops_port);
    if (fd >= 0) {
        converse(fd, answer);
        close(fd);
    }
    if (strncmp(answer, "HTTP/1.1 200 ", 13) == 0)
        return 0;
    const char *body = strstr(answer, "\r\n\r\n");
    fprintf(stderr, "%s\n", body ? body + 4 : "no answer on the ops port");
    return 1;
}
