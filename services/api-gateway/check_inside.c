/* What the diagnosis looks at of our own: database, broker, processes, the stop of dialing. */
#include "base/clock.h"
#include "broker.h"
#include "diagnose.h"
#include "io/db.h"
#include "sql.h"
#include <string.h>

#define SLOW_MS   100
#define BACKLOG   1000
#define LATE_S    60
#define LONG_NAME 24

/* ---- the database ---- */

static void judge_schema(struct check *c, const char *there)
{
    int behind = there ? strcmp(there, VA_SCHEMA) : -1;
    if (behind == 0)
        found(c, "schema", GOOD, NULL, "migration %s, as this version wants it", there);
    else
        found(c, "schema", FAIL,
              behind < 0 ? "apply the migrations: ./dev migrate, or the job that does it"
                         : "bring all services to the version that these migrations belong to",
              "the database has migration %s, this version was made for " VA_SCHEMA,
              there ? there : "none");
}

void await_check_database(struct check *c)
{
    struct rows *now;
    uint64_t began = clock_ms();
    enum err e = await_db_params(&c->scope, &SQL_schema_state, &now, 0, NULL);
    uint64_t ms = clock_ms() - began;
    if (e) {
        found(c, "database", FAIL, "look at the database's log, and at DATABASE_URL",
              "it does not answer: %s", err_code(e));
        return;
    }
    found(c, "database", ms > SLOW_MS ? WARN : GOOD,
          ms > SLOW_MS ? "look at what else the database has to do" : NULL, "answers in %d ms",
          (int)ms);
    judge_schema(c, row(now, 0, "version"));
    found_clock(c, "database_clock", (uint64_t)row_int(now, 0, "now_ms") + ms / 2);
}

/* ---- the broker ---- */

static bool is_catcher(const char *queue)
{
    return strncmp(queue, "va.", 3) == 0;
}

static void judge_queue(struct check *c, const struct queue_state *q)
{
    if (is_catcher(q->name))
        return;
    if (!q->depth.consumers)
        found(c, "queue", FAIL, "start the service that works on it",
              "nobody works on %s (%u messages wait)", q->name, q->depth.messages);
    else if (q->depth.messages > BACKLOG)
        found(c, "queue", WARN, "start more replicas of the service that works on it",
              "%u messages wait in %s", q->depth.messages, q->name);
}

void await_check_broker(struct check *c)
{
    struct broker b;
    struct rows *outbox;
    if (await_broker(&c->scope, &b)) {
        found(c, "broker", FAIL, "look at RabbitMQ's log, and at AMQP_URL",
              "it does not answer: %s", c->scope.fault.message);
        return;
    }
    found(c, "broker", GOOD, NULL, "answers; %zu queues are there", b.n_queues);
    for (size_t i = 0; i < b.n_queues; i++)
        judge_queue(c, &b.queues[i]);
    unsigned dead = broker_dead(&b)->messages;
    found(c, "dead_letters", dead ? WARN : GOOD,
          dead ? "see why under System, mend it, and send them back" : NULL,
          dead ? "%u messages could not be worked on" : "none", dead);
    if (await_db_params(&c->scope, &SQL_outbox_state, &outbox, 0, NULL))
        return; /* the database has its own check */
    long long late = row_int(outbox, 0, "oldest_seconds");
    found(c, "outbox", late > LATE_S ? FAIL : GOOD,
          late > LATE_S ? "a call-dialer publishes it: see that one runs" : NULL,
          "%lld messages are due, the oldest for %lld s", row_int(outbox, 0, "due"), late);
}

/* ---- the processes ---- */

static const char *const KINDS[] = {"api-gateway", "webhook-ingestor", "ai-pipeline", "call-dialer",
                                    "stats-aggregator"};

static void judge_kind(struct check *c, const struct broker *b, const char *kind)
{
    int seen = 0, ready = 0;
    for (size_t i = 0; i < b->n_services; i++)
        if (strcmp(b->services[i]->service, kind) == 0) {
            seen++;
            ready += b->services[i]->ready;
        }
    if (!seen)
        found(c, "service", FAIL, "start it, and look at its log", "no %s is there", kind);
    else if (ready < seen)
        found(c, "service", WARN, "its /readyz and its log say what it waits for",
              "%d of %d %s are not ready", seen - ready, seen, kind);
}

static void judge_versions(struct check *c, const struct broker *b)
{
    for (size_t i = 1; i < b->n_services; i++)
        if (strcmp(b->services[i]->version, b->services[0]->version) != 0) {
            found(c, "versions", WARN, "finish the upgrade: all services of one version",
                  "%s is %.*s, %s is %.*s", b->services[0]->service, LONG_NAME,
                  b->services[0]->version, b->services[i]->service, LONG_NAME,
                  b->services[i]->version);
            return;
        }
}

void await_check_services(struct check *c)
{
    struct broker b;
    if (await_broker(&c->scope, &b))
        return; /* the broker has its own check */
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        judge_kind(c, &b, KINDS[i]);
    if (!c->n)
        found(c, "services", GOOD, NULL, "all five are there, %zu processes", b.n_services);
    judge_versions(c, &b);
}

/* ---- what somebody has decided ---- */

void await_check_dialing(struct check *c)
{
    struct rows *stops;
    if (await_db_params(&c->scope, &SQL_dialing_stopped, &stops, 0, NULL))
        return;
    bool all = row_true(stops, 0, "everybody");
    long long agents = row_int(stops, 0, "agents");
    found(c, "dialing", all ? WARN : GOOD, all ? "lift the stop when its reason is gone" : NULL,
          all ? "is stopped for everybody" : "is not stopped; %lld agents are", agents);
}

/* ---- an agent's own ---- */

static void judge_voice_agent(struct check *c, const struct rows *a)
{
    const char *status = row(a, 0, "voice_agent"), *request = row(a, 0, "request");
    if (!status)
        found(c, "voice_agent", FAIL,
              request && strcmp(request, "pending") == 0 ? "an admin reviews your request"
                                                         : "ask for one",
              "there is none yet");
    else if (strcmp(status, "active") == 0)
        found(c, "voice_agent", GOOD, NULL, "is live");
    else
        found(c, "voice_agent", FAIL,
              strcmp(status, "inactive") == 0 ? "switch it on" : "wait, or ask an admin to look",
              strcmp(status, "inactive") == 0 ? "is switched off" : "is still being set up");
}

void await_check_agent(struct check *c)
{
    struct rows *a;
    if (await_db(&c->scope, &SQL_agent_standing, &a, c->agent) || !a->n) {
        found(c, "voice_agent", FAIL, "try again in a moment", "could not be looked up");
        return;
    }
    judge_voice_agent(c, a);
    bool phone = row_true(a, 0, "has_phone");
    found(c, "phone", phone ? GOOD : WARN,
          phone ? NULL : "an admin can enter it: callers who ask for you cannot be put through",
          phone ? "callers can be put through to you" : "your own number is not known");
    const char *by = row(a, 0, "stopped");
    found(c, "dialing", by ? WARN : GOOD,
          !by                        ? NULL
          : strcmp(by, "agent") == 0 ? "you have stopped it: start it when you like"
                                     : "ask an admin: the stop is theirs",
          by ? "outgoing calls are stopped" : "outgoing calls may be placed");
}
