/* The database or the broker goes away in the middle of a call, and comes back. */
#include "truth.h"
#include "pulse.h"
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#define WORST_MS                                                                                   \
    4000 /* a loop that waits for a dependency waits until it is back, or for its deadline */

static void check_pulse(const struct pulse *p)
{
    cr_expect_gt(p->asked, 50);
    cr_expect_eq(p->unanswered, 0, "%d of %d /healthz were not answered", p->unanswered, p->asked);
    cr_expect_lt(p->worst_ms, WORST_MS, "/healthz took %d ms", p->worst_ms);
}

/* A call that has begun to talk. */
static const char *talking(void)
{
    const char *sid = ring(active_voice_agent(), "curious");
    EVENTUALLY_IN(30, lines_of(network_call(sid), "caller") >= 1);
    return sid;
}

static void expect_valid_twiml(const char *sid)
{
    const char *call = call_over(sid);
    cr_expect_eq(bad_documents(call), 0, "%s", call);
    cr_expect_eq(lines_of(call, "network"), 0, "the provider's error voice: %s", call);
    cr_expect_str_eq(field(call, "status"), "completed", "%s", call);
}

/* The ingestor calls itself ready without a broker, so its connections are looked at. */
static bool connected(int p)
{
    const char *m = ask("GET", OPS + p, NULL, "/metrics", NULL).body;
    for (m = strstr(m, "\nva_mq_ready{"); m; m = strstr(m + 1, "\nva_mq_ready{"))
        if (strncmp(strchr(m, '}'), "} 0", 3) == 0)
            return false;
    return true;
}

static void expect_all_ready(void)
{
    for (int p = GATEWAY; p < PROCESSES; p++)
        EVENTUALLY_IN(40, world_ready((enum process)p) && connected(p));
}

static void expect_everything_flows(void)
{
    const char *line = sql("select phone_number from phone_numbers where status = 'assigned'");
    const char *sid = ring(line, "buyer");
    expect_true_call(sid);
    expect_valid_twiml(sid);
    expect_true_transcript(sid);
    expect_true_statistics();
}

Test(dependencies, the_database_dies_and_comes_back, .init = world_up_own_postgres,
     .fini = world_down, .timeout = 90)
{
    const char *sid = talking();
    struct pulse *pulse = pulse_begin();
    postgres_kill(world_postgres());
    struct answer a =
        ask("GET", API, "a-token-of-nobody-that-is-43-characters-lon", "/agent/calls", NULL);
    cr_expect(a.status == 503 || a.status == 504, "without a database: %d %s", a.status, a.body);
    call_over(sid); /* it goes on and ends without a database */
    cr_expect_neq(world_ready(DIALER), true, "a dialer without a database is not ready");
    postgres_start(world_postgres());
    expect_all_ready();
    expect_valid_twiml(sid);
    expect_true_call(sid);
    expect_true_transcript(sid);
    expect_everything_flows();
    check_pulse(pulse_end(pulse));
}

/*
 * RabbitMQ 3.10 notes lazily which log belongs to a new queue: killed within its first seconds, a
 * queue comes back without a leader and mute. Nothing tells when it has been noted.
 */
static void let_queues_settle(void)
{
    sleep(3);
}

Test(dependencies, the_broker_dies_and_comes_back, .init = world_up_own_rabbitmq,
     .fini = world_down, .timeout = 90)
{
    let_queues_settle();
    const char *sid = talking();
    struct pulse *pulse = pulse_begin();
    rabbitmq_kill(world_rabbitmq());
    EVENTUALLY(number(call_over(sid), "duration") > 0); /* its last callbacks find no broker */
    rabbitmq_start(world_rabbitmq());
    expect_all_ready();
    expect_valid_twiml(sid);
    expect_true_call(sid); /* by the reconciler */
    expect_everything_flows();
    check_pulse(pulse_end(pulse));
}

Test(dependencies, the_broker_runs_out_of_memory_and_recovers, .init = world_up_own_rabbitmq,
     .fini = world_down, .timeout = 90)
{
    const char *sid = talking();
    struct pulse *pulse = pulse_begin();
    rabbitmq_ctl(world_rabbitmq(), "set_vm_memory_high_watermark absolute 1");
    expect_valid_twiml(sid);
    rabbitmq_ctl(world_rabbitmq(), "set_vm_memory_high_watermark absolute 512MB");
    expect_all_ready();
    expect_true_call(sid);
    expect_everything_flows();
    check_pulse(pulse_end(pulse));
}
