#include "recount.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "sql.h"
#include <stdio.h>

#define EXIT_DIFFERS     1
#define EXIT_UNAVAILABLE 69
#define CONNECT_MS       5000
#define STEP_MS          5000
#define LOOKS            8
#define LOOK_AGAIN_MS    500

static struct {
    bool fix;
    int days, differing, agents, status;
} run;

/* ---- one day ---- */

static void print_difference(const char *agent, const char *day, const struct rows *found)
{
    for (int i = 0; i < found->n; i++) {
        const char *kept = row(found, i, "kept"), *counted = row(found, i, "counted");
        printf("%s %s, its %s:\n  kept    %s\n  counted %s\n", agent, day, row(found, i, "what"),
               kept ? kept : "nothing", counted ? counted : "nothing");
    }
}

static enum err await_day(const char *agent, const char *day)
{
    struct scope s;
    struct rows *found;
    enum err e = OK;
    for (int look = 0; look < LOOKS; look++) {
        scope_init(&s, STEP_MS);
        e = await_db(&s, &SQL_stats_differing, &found, agent, day);
        if (e || !found->n || look == LOOKS - 1)
            break;
        scope_fini(&s);
        await_sleep(LOOK_AGAIN_MS);
    }
    run.days++;
    if (!e && found->n) {
        print_difference(agent, day, found);
        run.differing++;
        if (run.fix)
            e = await_db(&s, &SQL_stats_fix, NULL, agent, day);
    }
    if (e)
        fprintf(stderr, "recount: %s %s: %s\n", agent, day, s.fault.message);
    scope_fini(&s);
    return e;
}

/* ---- all of them ---- */

static enum err await_agent(const char *agent)
{
    struct scope s;
    struct rows *days;
    scope_init(&s, STEP_MS);
    enum err e = await_db(&s, &SQL_stats_days, &days, agent);
    for (int i = 0; !e && i < days->n; i++)
        e = await_day(agent, row(days, i, "day"));
    run.agents += !e && days->n;
    scope_fini(&s);
    return e;
}

static enum err await_all(struct scope *s)
{
    struct rows *agents;
    TRY(await_db_ready(clock_ms() + CONNECT_MS));
    TRY(await_db(s, &SQL_stats_agents, &agents));
    for (int i = 0; i < agents->n; i++)
        TRY(await_agent(row(agents, i, "id")));
    return OK;
}

static void work(void *arg)
{
    struct scope s;
    (void)arg;
    scope_init(&s, CONNECT_MS + STEP_MS);
    enum err e = await_all(&s);
    if (e)
        fprintf(stderr, "recount: not done: %s\n",
                *s.fault.message ? s.fault.message : err_name(e));
    printf("%d days of %d agents compared, %d differing%s\n", run.days, run.agents, run.differing,
           run.fix && run.differing && !e ? ", repaired" : "");
    run.status = e ? EXIT_UNAVAILABLE : run.differing && !run.fix ? EXIT_DIFFERS : 0;
    scope_fini(&s);
    loop_stop();
}

int recount_run(const char *database_url, bool fix)
{
    run.fix = fix;
    log_open("recount", "error");
    loop_open();
    db_open(&(struct db_config){
        .url = database_url, .role = "va_stats", .connections = 1, .application = "recount"});
    task_spawn("recount", work, NULL);
    loop_run();
    db_close();
    loop_close();
    return run.status;
}
