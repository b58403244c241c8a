#include "world_tls.h"
#include "certificate.h"
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CA_TEMPLATE "/tmp/va-tls-ca-XXXXXX"
char tls_front_ca[] = CA_TEMPLATE;
static pid_t child;

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static bool passed_on(SSL *tls, int plain)
{
    char piece[4096];
    int n = SSL_read(tls, piece, sizeof piece);
    return n > 0 && write(plain, piece, (size_t)n) == n;
}

static bool answered(SSL *tls, int plain)
{
    char piece[4096];
    ssize_t n = read(plain, piece, sizeof piece);
    return n > 0 && SSL_write(tls, piece, (int)n) == n;
}

static void carry(SSL_CTX *ctx, int client, int plain_port)
{
    struct sockaddr_in to = loopback(plain_port);
    int plain = socket(AF_INET, SOCK_STREAM, 0);
    SSL *tls = SSL_new(ctx);
    SSL_set_fd(tls, client);
    bool alive = SSL_accept(tls) == 1 && connect(plain, (struct sockaddr *)&to, sizeof to) == 0;
    while (alive) {
        struct pollfd of[] = {{.fd = client, .events = POLLIN}, {.fd = plain, .events = POLLIN}};
        poll(of, 2, SSL_pending(tls) ? 0 : -1);
        if (of[0].revents || SSL_pending(tls))
            alive = passed_on(tls, plain);
        if (alive && of[1].revents)
            alive = answered(tls, plain);
    }
    SSL_shutdown(tls);
    SSL_free(tls);
}

static void serve(SSL_CTX *ctx, int listener, int plain_port)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    for (int client; (client = accept(listener, NULL, NULL)) >= 0; close(client)) {
        if (fork())
            continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        carry(ctx, client, plain_port);
        _exit(0);
    }
    _exit(1);
}

int tls_front_start(int plain_port)
{
    strcpy(tls_front_ca, CA_TEMPLATE);
    SSL_CTX *ctx = certificate_context(tls_front_ca);
    struct sockaddr_in at = loopback(0);
    socklen_t n = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&at, n), 0);
    cr_assert_eq(listen(listener, 16), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &n), 0);
    if ((child = fork()) == 0)
        serve(ctx, listener, plain_port);
    close(listener);
    SSL_CTX_free(ctx);
    return ntohs(at.sin_port);
}

void tls_front_stop(void)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    unlink(tls_front_ca);
}
