/* A whole process: forked, configured by its environment, watched through its ops port and its log. */
#include "base/env.h"
#include "io/httpd.h"
#include "loop/task.h"
#include "voice/service.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The service */

struct config {
#define OPS_PORT_DEFAULT "0"
#define CFG              CFG_FIELD
#include "voice/tbl/common_config.h"
#undef CFG
    const char *needed;
};
static struct config cfg;
static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "voice/tbl/common_config.h"
#undef CFG
    CFG_ROW(struct config, needed, "TEST_NEEDED", TEXT, NULL, "what start() does")};

static bool quiesced;

static enum err start(void)
{
    await_sleep(1);
    return strcmp(cfg.needed, "fail") == 0 ? ERR_UPSTREAM : OK;
}

static bool ready(void)
{
    return strcmp(cfg.needed, "never ready") != 0;
}

static void quiesce(void)
{
    quiesced = true;
    fprintf(stderr, "quiesced\n");
}

static bool idle(void)
{
    return quiesced;
}

static void finish(void)
{
    fprintf(stderr, "closed\n");
}

static const struct service service = {
    .name = "tested",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .cfg = &cfg,
    .start = start,
    .ready = ready,
    .quiesce = quiesce,
    .idle = idle,
    .close = finish,
};

/* The observer */

static pid_t child;
static FILE *told; /* the service's stderr */
static char line[4096];

static void launch(const char *needed, char *argument)
{
    int out[2];
    cr_assert_eq(pipe(out), 0);
    if (needed)
        setenv("TEST_NEEDED", needed, 1);
    child = fork();
    if (child == 0) {
        dup2(out[1], STDERR_FILENO);
        exit(service_main(&service, argument ? 2 : 1, (char *[]){"tested", argument, NULL}));
    }
    close(out[1]);
    told = fdopen(out[0], "r");
}

/* The first line from now on that contains the text. */
static const char *await_line(const char *text)
{
    while (fgets(line, sizeof line, told))
        if (strstr(line, text))
            return line;
    cr_assert(false, "the service never told: %s", text);
    return "";
}

static int ended(void)
{
    int status;
    waitpid(child, &status, 0);
    fclose(told);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *text_of(int n)
{
    static char text[16];
    snprintf(text, sizeof text, "%d", n);
    return text;
}

static int launch_and_await_ops_port(const char *needed)
{
    launch(needed, NULL);
    const char *at = strstr(await_line("\"service.started\""), "\"ops_port\":\"");
    cr_assert(at);
    return atoi(at + strlen("\"ops_port\":\""));
}

static const char *get(int port, const char *path)
{
    static char answer[65536];
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    dprintf(fd, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    size_t n = 0;
    for (ssize_t got; (got = recv(fd, answer + n, sizeof answer - 1 - n, 0)) > 0;)
        n += (size_t)got;
    answer[n] = 0;
    close(fd);
    return answer;
}

#define STATUS(a, text)                                                                            \
    cr_expect(strncmp(a, "HTTP/1.1 " text, 12) == 0, "wanted %s, got: %s", text, a)

TestSuite(service, .timeout = 30);

Test(service, tells_what_is_missing_and_exits_64)
{
    launch(NULL, NULL);
    await_line("TEST_NEEDED is required and not set");
    cr_expect_eq(ended(), 64);
}

Test(service, an_unknown_argument_exits_64)
{
    launch("x", "--verbose");
    await_line("unknown argument --verbose");
    cr_expect_eq(ended(), 64);
}

Test(service, a_start_that_fails_exits_70)
{
    launch("fail", NULL);
    await_line("\"service.cannot_start\"");
    cr_expect_eq(ended(), 70);
}

Test(service, is_live_and_ready_and_shows_its_metrics)
{
    int port = launch_and_await_ops_port("x");
    STATUS(get(port, "/healthz"), "200");
    STATUS(get(port, "/readyz"), "200");
    const char *a = get(port, "/metrics");
    STATUS(a, "200");
    cr_expect(strstr(a, "Content-Type: text/plain; version=0.0.4\r\n"));
    cr_expect(strstr(a, "\nprocess_resident_memory_bytes"));
    cr_expect(strstr(a, "\nva_http_requests_total{route=\"/readyz\",status=\"200\"} 1\n"), "%s", a);
    kill(child, SIGTERM);
    cr_expect_eq(ended(), 0);
}

Test(service, is_not_ready_when_it_says_so_itself)
{
    int port = launch_and_await_ops_port("never ready");
    STATUS(get(port, "/healthz"), "200");
    STATUS(get(port, "/readyz"), "503");
    kill(child, SIGTERM);
    cr_expect_eq(ended(), 0);
}

/* `SERVICE --healthcheck` beside the service that runs with the same configuration. */
static int health_by_argument(int port)
{
    pid_t running = child;
    FILE *its = told;
    setenv("OPS_PORT", text_of(port), 1);
    launch("x", "--healthcheck");
    int status = ended();
    child = running;
    told = its;
    return status;
}

Test(service, tells_its_health_when_asked_by_argument)
{
    int port = launch_and_await_ops_port("x");
    cr_expect_eq(health_by_argument(port), 0);
    kill(child, SIGTERM);
    cr_expect_eq(ended(), 0);
    cr_expect_eq(health_by_argument(port), 1);
}

Test(service, is_not_healthy_when_it_is_not_ready)
{
    int port = launch_and_await_ops_port("never ready");
    cr_expect_eq(health_by_argument(port), 1);
    kill(child, SIGTERM);
    cr_expect_eq(ended(), 0);
}

Test(service, drains_in_order_and_is_not_ready_meanwhile)
{
    setenv("DRAIN_DELAY_MS", "1000", 1);
    int port = launch_and_await_ops_port("x");
    kill(child, SIGTERM);
    await_line("\"service.draining\"");
    const char *a = get(port, "/readyz");
    STATUS(a, "503");
    cr_expect(strstr(a, "draining"));
    await_line("quiesced");
    await_line("closed");
    await_line("\"service.stopped\"");
    cr_expect_eq(ended(), 0);
}

Test(service, a_second_signal_ends_it_at_once)
{
    setenv("DRAIN_DELAY_MS", "20000", 1);
    launch_and_await_ops_port("x");
    kill(child, SIGTERM);
    await_line("\"service.draining\"");
    kill(child, SIGTERM);
    cr_expect_eq(ended(), 128 + SIGTERM);
}
