/*
 * The life of a process, the same for all: configuration, log, loop, ops port, start, drain, close.
 *
 *     static enum err start(void);                  in a task: opens db, mq, httpd; returns when up
 *     int main(int argc, char **argv)
 *     {
 *         return service_main(&(struct service){"call-dialer", rows, N, &cfg, &cfg.common, start, ...}, argc, argv);
 *     }
 *
 * The ops port answers /healthz (the loop turns), /readyz (ready() said yes) and /metrics whatever
 * else hangs. SIGTERM: not ready; DRAIN_DELAY_MS; quiesce(); then until idle() or 20 s; close(); exit 0.
 * Problems of configuration are told all at once, exit 64.
 */
#pragma once
#include "base/env.h"
#include "base/err.h"
#include <stdbool.h>

/* Rows every service has; its config.tbl.h starts with #include "voice/tbl/common_config.h". */
struct service {
    const char *name;
    const struct cfg_row *rows;
    size_t n_rows;
    void *cfg;
    int (*check)(void);      /* further problems of the configuration, each told on stderr; may be NULL */
    enum err (*start)(void); /* may await; an error ends the process with 70 */
    bool (*ready)(void);
    void (*quiesce)(void);   /* stop taking work */
    bool (*idle)(void);      /* nothing in hand any more */
    void (*close)(void);
    const int *ops_port;
    const char *const *bind_address, *const *log_level;
    const int *drain_delay_ms;
};

int service_main(const struct service *svc, int argc, char **argv);
bool service_draining(void);
