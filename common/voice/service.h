/*
 * The life of a process, the same for all: configuration, log, loop, ops port, start, drain, close.
 *
 *     static enum err start(void);                  in a task: opens db, mq, httpd; returns when up
 *     int main(int argc, char **argv)
 *     {
 *         return service_main(&(struct service){.name = "call-dialer", .rows = rows, .n_rows = N, .cfg = &cfg,
 *                                               .start = start, .ready = ready, ...}, argc, argv);
 *     }
 *
 * The ops port answers /healthz (the loop turns), /readyz (ready() said yes) and /metrics whatever
 * else hangs. SIGTERM: not ready; DRAIN_DELAY_MS; quiesce(); then until idle() or 20 s; close(); exit 0.
 * Problems of configuration are told all at once, exit 64. `SERVICE --healthcheck` is another process: it asks the
 * /readyz of the one that runs with this configuration, exit 0 or 1.
 */
#pragma once
#include "base/env.h"
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

/* Every service's config.tbl.h starts with these rows, so its configuration with this struct. */
struct service_config {
#define CFG CFG_FIELD
#include "voice/tbl/common_config.h"
#undef CFG
};

struct service {
    const char *name;
    const struct cfg_row *rows;
    size_t n_rows;
    void *cfg;          /* starts with a struct service_config */
    int (*check)(void); /* further problems of the configuration, told on stderr; may be NULL */
    enum err (*start)(void); /* may await; an error ends the process with 70 */
    bool (*ready)(void);
    void (*quiesce)(void); /* stop taking work */
    bool (*idle)(void);    /* nothing in hand any more */
    void (*close)(void);
};

int service_main(const struct service *svc, int argc, char **argv);
bool service_draining(void); /* SIGTERM has come */
bool service_ready(void);    /* as /readyz says it */
const char *service_name(void);
uint64_t service_since(void); /* when it was started, clock_wall_ms() */
