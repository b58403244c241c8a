/*
 * stats-aggregator: folds call changes into daily figures. Each call.changed recounts the bucket
 * (agent, quarter of an hour) of its call and what stands on it; changes that arrive while a recount
 * runs share the next one. stats-aggregator --recount proves that nothing is missing (recount.h).
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/db.h"
#include "loop/gather.h"
#include "loop/task.h"
#include "messages.h"
#include "recount.h"
#include "sql.h"
#include "voice/presence.h"
#include "voice/queues.h"
#include "voice/service.h"
#include <stdio.h>
#include <string.h>

#define CALLS_MAX  500
#define PREFETCH   CALLS_MAX
#define EXIT_USAGE 64
#define REST       4 /* times what a recount took: so long until the next, which then does more at once */
#define REST_MAX   1000 /* ms: the figures are never older than this and a recount */

static struct config {
#define CFG CFG_FIELD
#include "config.tbl.h"
#undef CFG
} cfg;

static const struct cfg_row rows[] = {
#define CFG(...) CFG_ROW(struct config, __VA_ARGS__)
#include "config.tbl.h"
#undef CFG
};

static struct gather changed;

/* However busy an agent and however large a bucket: recounting has a fifth of one connection, no more. */
static void await_rest(uint64_t took_ms)
{
    uint64_t ms = REST * took_ms;
    await_sleep(ms < REST_MAX ? ms : REST_MAX);
}

static enum err await_recount(void *arg, struct batch *ids)
{
    (void)arg;
    struct scope s;
    struct rows *agents;
    uint64_t began = clock_ms();
    scope_init(&s, 5000);
    enum err e =
        await_db(&s, &SQL_stats_recount, &agents, arena_printf(s.arena, "[%s]", ids->items));
    if (e)
        log_warn(&s, "stats.recount_failed", "error", err_name(e), "why", s.fault.message);
    else
        for (int i = 0; i < agents->n; i++)
            metric_add("va_stats_buckets_total", "", (double)row_int(agents, i, "days"));
    metric_add("va_stats_changes_total", "", (double)ids->n);
    scope_fini(&s);
    await_rest(clock_ms() - began);
    return e;
}

/* Recounting is idempotent: a repeated delivery changes nothing. */
static enum err call_moved(struct msg *m)
{
    struct call_changed in;
    TRY(call_changed_decode(&m->scope, m->body, m->n, &in));
    return await_gathered(&changed, arena_printf(m->scope.arena, "\"%s\"", in.call_id));
}

/* The figures say how quickly its turns were answered. */
static enum err call_spoke(struct msg *m)
{
    struct call_spoke in;
    TRY(call_spoke_decode(&m->scope, m->body, m->n, &in));
    return await_gathered(&changed, arena_printf(m->scope.arena, "\"%s\"", in.call_id));
}

static const struct mq_queue queues[] = {
    {QUEUE_STATS_CHANGED, .prefetch = PREFETCH, .handler = call_moved},
    {QUEUE_STATS_SPOKE, .prefetch = PREFETCH, .handler = call_spoke},
    {QUEUE_OWN("system.look"), .prefetch = 8, .handler = presence_answer},
};

static enum err start(void)
{
    gather_init(&changed, "stats.recount", CALLS_MAX, CALLS_MAX * 40, await_recount, NULL);
    db_open(&(struct db_config){.url = cfg.database_url,
                                .role = "va_stats",
                                .connections = 2,
                                .application = "stats-aggregator"});
    mq_open(&(struct mq_config){.url = cfg.amqp_url,
                                .prefix = cfg.amqp_prefix,
                                .name = "stats-aggregator",
                                .queues = queues,
                                .n_queues = sizeof queues / sizeof *queues,
                                .workable = db_ready});
    return OK;
}

static bool ready(void)
{
    return db_ready() && mq_consuming();
}

static bool idle(void)
{
    return mq_ended();
}

static void shut(void)
{
    mq_close();
    db_close();
}

static int prove(int argc, char **argv)
{
    bool fix = argc == 3 && strcmp(argv[2], "--fix") == 0;
    if (argc > 2 && !fix) {
        fputs("usage: stats-aggregator --recount [--fix]\n", stderr);
        return EXIT_USAGE;
    }
    if (cfg_load(rows, sizeof rows / sizeof *rows, &cfg))
        return EXIT_USAGE;
    return recount_run(cfg.database_url, fix);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--recount") == 0)
        return prove(argc, argv);
    return service_main(
        &(struct service){
            .name = "stats-aggregator",
            .rows = rows,
            .n_rows = sizeof rows / sizeof *rows,
            .cfg = &cfg,
            .start = start,
            .ready = ready,
            .quiesce = mq_quiesce,
            .idle = idle,
            .close = shut,
        },
        argc, argv);
}
