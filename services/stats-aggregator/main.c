/*
 * stats-aggregator: folds call changes into daily figures. Each call.changed recounts the bucket
 * (agent, local day) of its call; changes that arrive while a recount runs share the next one.
 */
#include "base/log.h"
#include "base/metric.h"
#include "io/db.h"
#include "loop/gather.h"
#include "messages.h"
#include "sql.h"
#include "voice/queues.h"
#include "voice/service.h"

#define CALLS_MAX 500
#define PREFETCH  50

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

static enum err recount(void *arg, const char *ids, size_t n)
{
    (void)arg;
    struct scope s;
    struct rows *buckets;
    scope_init(&s, 5000);
    enum err e = await_db(&s, &SQL_stats_recount, &buckets, arena_printf(s.arena, "[%s]", ids));
    if (e)
        log_warn(&s, "stats.recount_failed", "error", err_name(e), "why", s.fault.message);
    else
        metric_add("va_stats_buckets_total", "", buckets->n);
    metric_add("va_stats_changes_total", "", (double)n);
    scope_fini(&s);
    return e;
}

/* Recounting is idempotent: a repeated delivery changes nothing. */
static enum err call_moved(struct msg *m)
{
    struct call_changed in;
    TRY(call_changed_decode(&m->scope, m->body, m->n, &in));
    return await_gathered(&changed, arena_printf(m->scope.arena, "\"%s\"", in.call_id));
}

static const struct mq_queue queues[] = {
    {QUEUE_STATS_CHANGED, .prefetch = PREFETCH, .handler = call_moved},
};

static enum err start(void)
{
    gather_init(&changed, "stats.recount", CALLS_MAX, CALLS_MAX * 40, recount, NULL);
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
    return mq_busy() == 0;
}

static void shut(void)
{
    mq_close();
    db_close();
}

int main(int argc, char **argv)
{
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
