#include "voice/service.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/trim.h"
#include "io/httpd.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "voice/healthcheck.h"
#include "voice/otlp.h"
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE    64
#define EXIT_START    70
#define DRAIN_MAX_MS  20000
#define DRAIN_LOOK_MS 10
#define METRICS_MAX   (1 << 20)
#define ROLE_ANYONE   1
#define TRIM_AFTER_MS 2000
#define LARGE_BLOCK   (256 * 1024)

static const struct service *service;
static const struct service_config *config;
static struct httpd *ops;
static bool started, draining;
static uint64_t since;
static int exit_code;
static uint64_t started_at_ms;
static double cpu_told;

bool service_draining(void)
{
    return draining;
}

bool service_ready(void)
{
    return started && !draining && (!service->ready || service->ready());
}

const char *service_name(void)
{
    return service->name;
}

uint64_t service_since(void)
{
    return since;
}

/* Ops port */

static enum err healthz(struct req *r)
{
    return req_reply(r, 200, "{\"status\":\"ok\"}");
}

static enum err readyz(struct req *r)
{
    if (draining)
        return req_reply(r, 503, "{\"status\":\"draining\"}");
    if (!started)
        return req_reply(r, 503, "{\"status\":\"starting\"}");
    if (service->ready && !service->ready())
        return req_reply(r, 503, "{\"status\":\"not ready\"}");
    return req_reply(r, 200, "{\"status\":\"ready\"}");
}

static double resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    if (fscanf(f, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double open_files(void)
{
    double n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n > 3 ? n - 3 : 0; /* ".", "..", and the one that reads */
}

static double max_files(void)
{
    struct rlimit files = {0, 0};
    getrlimit(RLIMIT_NOFILE, &files);
    return (double)files.rlim_cur;
}

static void note_process(void)
{
    metric_set("process_resident_memory_bytes", "", resident_bytes());
    metric_set("process_start_time_seconds", "", (double)started_at_ms / 1000);
    metric_set("process_open_fds", "", open_files());
    metric_set("process_max_fds", "", max_files());
    metric_add("process_cpu_seconds_total", "", cpu_seconds() - cpu_told);
    cpu_told = cpu_seconds();
}

static enum err metrics(struct req *r)
{
    note_process();
    metric_set("va_tasks", "", task_live());
    metric_set("va_loop_worst_turn_ms", "", (double)loop_worst_turn_ms());
    metric_set("va_log_dropped", "", (double)log_dropped());
    struct buf text = BUF(METRICS_MAX);
    metric_print(&text);
    enum err e = req_reply_bytes(r, 200, "text/plain; version=0.0.4", text.p, text.n);
    buf_free(&text);
    return e;
}

static const struct route ops_routes[] = {
    {"GET", "/healthz", ROLE_ANYONE, healthz},
    {"GET", "/readyz", ROLE_ANYONE, readyz},
    {"GET", "/metrics", ROLE_ANYONE, metrics},
};

static bool open_ops(void)
{
    ops = httpd_open(&(struct httpd_config){
        .address = config->bind_address,
        .port = config->ops_port,
        .routes = ops_routes,
        .n_routes = sizeof ops_routes / sizeof *ops_routes,
        .max_connections = 64,
        .quiet = true,
    });
    return ops != NULL;
}

/* Start */

/* A core would hold secrets and callers' words. A sanitizer's report needs no core either. */
static void limit_resources(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    /* glibc raises this bound after the first large free, and then keeps what a password's hashing
     * or a recording took for ever; fixed, large blocks go back to the kernel at once. */
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
}

/* Since the kernel started the process, by /proc, in steps of a clock tick (10 ms). */
static long long ms_since_exec(void)
{
    char text[1024];
    FILE *f = fopen("/proc/self/stat", "r");
    if (!f)
        return -1;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    const char *p = strrchr(text, ')'); /* the name before it may contain anything */
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (!p)
        return -1;
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000 -
           strtoll(p + 1, NULL, 10) * 1000 / sysconf(_SC_CLK_TCK);
}

static struct timer *trimming;

/* Connected and idle by now: what is in memory beyond this is what starting needed. */
static void on_settled(void *arg)
{
    (void)arg;
    timer_cancel(&trimming);
    memory_trim();
}

static void start(void *arg)
{
    (void)arg;
    enum err e = service->start ? service->start() : OK;
    otlp_open(&(struct otlp_config){.service = service->name,
                                    .endpoint = config->otlp_endpoint,
                                    .ratio = config->otlp_ratio,
                                    .attributes = config->otlp_attributes,
                                    .headers = config->otlp_headers});
    if (e) {
        log_error(NULL, "service.cannot_start", "why", err_name(e));
        exit_code = EXIT_START;
        loop_stop();
        return;
    }
    started = true;
    trimming = timer_after(TRIM_AFTER_MS, on_settled, NULL);
    log_info(NULL, "service.started", "ms", fmt_int(ms_since_exec()), "ops_port",
             fmt_int(httpd_port(ops)));
}

/* Drain */

static bool idle(void)
{
    return (!service->idle || service->idle()) && !httpd_active(ops);
}

static void end_at_once(const char *event)
{
    log_warn(NULL, event, "tasks", fmt_int(task_live()));
    _exit(0); /* tasks still hold connections that could not be closed under them */
}

static void drain(void *arg)
{
    (void)arg;
    log_info(NULL, "service.draining");
    if (!started)
        end_at_once("service.stopped_while_starting");
    await_sleep((uint64_t)config->drain_delay_ms);
    if (service->quiesce)
        service->quiesce();
    uint64_t deadline = clock_ms() + DRAIN_MAX_MS;
    while (!idle()) {
        if (!clock_left(deadline))
            end_at_once("service.drain_timed_out");
        await_sleep(DRAIN_LOOK_MS);
    }
    await_otlp_close();
    while (httpd_active(ops) && clock_left(deadline)) /* who asked after our health meanwhile */
        await_sleep(DRAIN_LOOK_MS);
    if (service->close)
        service->close();
    httpd_close(ops);
    log_info(NULL, "service.stopped");
    loop_stop();
}

static void on_term(void)
{
    draining = true;
    task_spawn("drain", drain, NULL);
}

/* Main */

/* The only argument there is besides --help. */
static bool asks_for_health(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], "--healthcheck") == 0;
}

static int configure(int argc, char **argv)
{
    if (argc > 1 && !asks_for_health(argc, argv)) {
        fprintf(stderr,
                "%s: unknown argument %s; configured by environment variables, see --help\n",
                service->name, argv[1]);
        return EXIT_USAGE;
    }
    double ratio;
    int problems = cfg_load(service->rows, service->n_rows, service->cfg);
    if (config->otlp_ratio && !otlp_ratio(config->otlp_ratio, &ratio))
        problems +=
            fprintf(stderr, "configuration: OTEL_TRACES_SAMPLER_ARG must be from 0 to 1\n") > 0;
    if (service->check)
        problems += service->check();
    return problems ? EXIT_USAGE : 0;
}

int service_main(const struct service *svc, int argc, char **argv)
{
    service = svc;
    config = svc->cfg;
    since = clock_wall_ms();
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        cfg_help(svc->name, svc->rows, svc->n_rows);
        return 0;
    }
    int wrong = configure(argc, argv);
    if (wrong)
        return wrong;
    if (asks_for_health(argc, argv))
        return healthcheck(config->bind_address, config->ops_port);
    started_at_ms = clock_wall_ms();
    limit_resources();
    log_open(svc->name, config->log_level);
    loop_open();
    loop_on_term(on_term);
    if (!open_ops())
        return EXIT_START;
    task_spawn("start", start, NULL);
    loop_run();
    if (exit_code)
        return exit_code;
    timer_cancel(&trimming);
    loop_close();
    return 0;
}
