/* kill -9 in the middle of a call, and between any two steps of a dial. */
#include "truth.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(crashes, .init = world_up, .fini = world_down, .timeout = 90);

static const char *contact(void)
{
    return sql("select id from contacts where name = 'Alice Moreau'");
}

static const char *contacts_number(void)
{
    return sql("select phone_number from contacts where name = 'Alice Moreau'");
}

/* The call's id; the answer may be 201, or 202 when nobody dials. */
static const char *initiate(void)
{
    struct answer a = ask("POST", API, login("agent@demo.test"), "/agent/calls/initiate",
                          text("{\"contact_id\":\"%s\"}", contact()));
    cr_assert(a.status == 201 || a.status == 202, "initiate: %d %s", a.status, a.body);
    return field(a.body, "call_id");
}

/* Every word of the caller that was answered is stored, and none is stored twice. */
static void expect_turns_once(const char *sid)
{
    EVENTUALLY(*sql("select 1 from call_turns t join calls c on c.id = t.call_id where "
                    "c.twilio_call_sid = '%s' "
                    "and role = 'caller'",
                    sid));
    cr_expect_str_eq(
        sql("select coalesce(max(n), 0) from (select count(*) as n from call_turns t "
            "join calls c on c.id = t.call_id where c.twilio_call_sid = '%s' and role = 'caller' "
            "group by text) said",
            sid),
        "1");
}

/* The first words of the caller that anybody was there for: who picks up says hello before. */
static bool was_answered(const char *call)
{
    int callers = 0;
    for (int i = 0; i < length(call, "transcript"); i++) {
        bool agents = !strcmp(field(call, text("transcript.%d.who", i)), "agent");
        if (agents && callers >= 2)
            return true;
        callers += !strcmp(field(call, text("transcript.%d.who", i)), "caller");
    }
    return false;
}

static void dies_in_mid_call(enum process victim)
{
    active_voice_agent();
    callee(contacts_number(), "lead");
    const char *id = initiate(), *sid = "";
    EVENTUALLY(*(sid = sql("select coalesce(twilio_call_sid, '') from calls where id = '%s'", id)));
    EVENTUALLY_IN(30, was_answered(network_call(sid)));
    world_kill(victim);
    world_start(victim);

    expect_true_call(sid);
    cr_expect_str_eq(field(call_over(sid), "status"), "completed");
    expect_turns_once(sid);
    expect_true_statistics();
    cr_expect_eq(placed_calls(), 1);
    cr_expect_str_eq(sql("select concat_ws(' ', (select count(*) from calls), (select count(*) "
                         "from dial_attempts "
                         "where state = 'bound'))"),
                     "1 1");
}

Test(crashes, the_gateway_dies_in_mid_call)
{
    dies_in_mid_call(GATEWAY);
}

Test(crashes, the_ingestor_dies_in_mid_call)
{
    dies_in_mid_call(INGESTOR);
}

Test(crashes, the_pipeline_dies_in_mid_call)
{
    dies_in_mid_call(PIPELINE);
}

Test(crashes, the_dialer_dies_in_mid_call)
{
    dies_in_mid_call(DIALER);
}

Test(crashes, the_aggregator_dies_in_mid_call)
{
    dies_in_mid_call(STATS);
}

/* ---- between two steps of a dial ---- */

/* Limits run for minutes: here they run out while nobody dials. */
static void time_passes(void)
{
    sql("update dial_attempts set posted_at = now() - interval '1 minute' where state in "
        "('posting', 'unknown')");
    sql("update outbox set lease_until = now() - interval '1 second' where sent_at is null and "
        "lease_until is not null");
}

/* The dialer kills itself at the point, time passes, it is started again. The call, once it has ended. */
static const char *dies_at(const char *point)
{
    world_set("ABSENT_AFTER_S", "2");
    active_voice_agent();
    callee(contacts_number(), "busy");
    world_stop(DIALER);
    world_set("VA_FAULT", text("%s=kill", point));
    world_start(DIALER);
    const char *id = initiate();
    world_await_death(DIALER);
    time_passes();
    world_set("VA_FAULT", "");
    world_start(DIALER);
    EVENTUALLY_IN(60, *sql("select 1 from calls where id = '%s' and status_rank(status) = 3", id));
    expect_true_statistics();
    cr_expect_str_eq(sql("select count(*) from dial_attempts"), "1");
    return id;
}

static void expect_placed_once(const char *id)
{
    const char *sid = sql("select twilio_call_sid from calls where id = '%s'", id);
    cr_assert(*sid, "the call is not bound");
    cr_expect_eq(placed_calls(), 1);
    expect_true_call(sid);
    cr_expect_str_eq(sql("select state || ' ' || (sid = '%s') from dial_attempts", sid),
                     "bound true");
}

static void expect_not_placed(const char *id)
{
    cr_expect_eq(placed_calls(), 0);
    cr_expect_str_eq(
        sql("select concat_ws(' ', status, end_reason) from calls where id = '%s'", id),
        "failed not_placed");
    cr_expect_str_eq(sql("select state from dial_attempts"), "absent");
}

Test(crashes, a_dialer_that_dies_before_the_request_calls_nobody_and_says_so)
{
    expect_not_placed(dies_at("dial.posting"));
}

Test(crashes, a_dialer_that_dies_before_it_has_noted_the_answer_calls_once)
{
    expect_placed_once(dies_at("dial.answered"));
}

/* The message may have come back before the end, so that the request was about to leave. */
Test(crashes, a_dialer_that_dies_after_the_brokers_word_sends_twice_and_calls_at_most_once)
{
    const char *id = dies_at("relay.confirmed");
    if (placed_calls())
        expect_placed_once(id);
    else
        expect_not_placed(id);
}
