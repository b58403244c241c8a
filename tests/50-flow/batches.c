/* Batches: a plan is followed, to its end and whatever happens on the way. */
#include "plan.h"
#include "truth.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(batches, .init = world_up, .fini = world_down, .timeout = 120);

/* ---- pause, resume, cancel ---- */

Test(batches, nobody_is_called_while_a_batch_is_paused_and_then_it_goes_on_as_spaced)
{
    plan_begin("20");
    const char *ids = plan_contacts(6);
    plan_people_are("busy", 1, 6);
    plan_open(ids, ",\"delay_seconds\":1");
    EVENTUALLY(placed_calls() == 2);
    struct answer a = plan_say("pause");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(field(a.body, "state"), "paused");
    cr_expect_str_eq(field(a.body, "reason"), "batch_paused");
    cr_expect_eq(plan_say("pause").status, 200, "it may be said twice");
    const char *posted = sql("select count(*) from dial_attempts where posted_at is not null");
    /* the third was due a second after the second: three seconds of the database's clock later it would have left */
    const char *until = sql("select now() + interval '3 seconds'");
    EVENTUALLY(*sql("select 1 where now() > '%s'", until));
    cr_expect_str_eq(sql("select count(*) from dial_attempts where posted_at is not null"), posted);
    cr_expect_eq(placed_calls(), atoi(posted));
    cr_expect_eq(number(plan_say("resume").body, "contacts.ended"), atoi(posted));
    EVENTUALLY_IN(40, !strcmp(plan_state(), "done"));
    plan_expect_calls(6, 1);
    cr_expect_geq(plan_least_spacing(), 850, "%ld ms", plan_least_spacing());
    cr_expect_eq(plan_say("resume").status, 409, "it is over");
    cr_expect_eq(plan_say("cancel").status, 409, "it is over");
}

Test(batches, a_cancelled_batch_calls_nobody_else_and_says_so)
{
    plan_begin("20");
    plan_open(plan_contacts(200), "");
    EVENTUALLY(placed_calls() > 0);
    struct answer a = plan_say("cancel");
    cr_assert_eq(a.status, 200, "%s", a.body);
    int posted = atoi(sql("select count(*) from dial_attempts where posted_at is not null"));
    cr_expect_str_eq(field(a.body, "state"), "cancelled");
    cr_expect_eq(number(a.body, "contacts.waiting"), 0);
    EVENTUALLY_IN(60, number(plan_batch(), "contacts.calling") ==
                          0); /* who was on the line talks to the end */
    cr_expect_eq(placed_calls(), posted);
    cr_expect_eq(number(plan_batch(), "outcomes.canceled"), 200 - posted, "%s", plan_batch());
    a = ask("GET", API, plan_agent, text("/agent/batches/%s/calls?page=2&page_size=100", plan_id),
            NULL);
    cr_expect_eq(length(a.body, "items"), 100);
    cr_expect_eq(number(a.body, "total"), 200);
    cr_expect_str_eq(field(a.body, "items.99.reason"), "batch_cancelled");
    cr_expect_str_eq(field(a.body, "items.99.outcome"), "canceled");
    cr_expect_eq(plan_say("cancel").status, 200, "it may be said twice");
    cr_expect_eq(plan_say("resume").status, 409, "it is over");
    cr_expect_str_eq(sql("select count(*) from live_calls"), "0");
    expect_true_statistics();
}

/* ---- retries ---- */

Test(batches, who_was_busy_or_did_not_answer_is_called_again_and_counts_once)
{
    plan_begin("20");
    const char *ids = plan_contacts(4);
    callee("+12025552001", "busy");
    callee("+12025552002", "no-answer");
    callee("+12025552003", "lead");
    callee("+12025552004", "unreachable");
    plan_open(
        ids,
        ",\"retry\":{\"on\":[\"busy\",\"no-answer\"],\"max_attempts\":3,\"spacing_seconds\":1}");
    EVENTUALLY_IN(90, !strcmp(plan_state(), "done"));
    const char *b = plan_batch();
    cr_expect_eq(number(b, "attempts"), 3 + 3 + 1 + 1, "%s", b);
    cr_expect_eq(number(b, "contacts.ended"), 4);
    cr_expect_eq(number(b, "outcomes.busy"), 1);
    cr_expect_eq(number(b, "outcomes.no-answer"), 1);
    cr_expect_eq(number(b, "outcomes.answered"), 1);
    cr_expect_eq(number(b, "outcomes.failed"), 1);
    struct answer a = ask("GET", API, plan_agent, text("/agent/batches/%s/calls", plan_id), NULL);
    cr_expect_eq(number(a.body, "items.0.attempts"), 3);
    cr_expect_eq(number(a.body, "items.2.attempts"), 1);
    cr_expect_str_eq(
        sql("select count(*) from (select created_at - lag(ended_at) over (partition by contact_id "
            "order by created_at) as pause from calls where batch_id is not null) p "
            "where pause < interval '1 second'"),
        "0", "somebody was called again too soon");
    cr_expect(field(b, "done_at") && *field(b, "done_at"));
    expect_true_statistics();
}

/* ---- the breaker ---- */

Test(batches, a_batch_that_only_fails_pauses_itself)
{
    plan_begin("8");
    const char *ids = plan_contacts(40);
    plan_people_are("unreachable", 1, 40);
    plan_open(ids, ",\"delay_seconds\":0,\"breaker\":{\"window\":5,\"percent\":80}");
    EVENTUALLY_IN(60, !strcmp(plan_state(), "paused"));
    cr_expect_str_eq(field(plan_batch(), "reason"), "calls_failing");
    int placed = placed_calls();
    cr_expect_lt(placed, 40, "%d were called before it tripped", placed);
    plan_people_are("busy", 1, 40);
    cr_expect_eq(plan_say("resume").status, 200);
    EVENTUALLY_IN(60, !strcmp(plan_state(), "done"));
    plan_expect_calls(40, 1);
}

/* ---- whatever happens to the dialer ---- */

Test(batches, a_dialer_that_is_killed_again_and_again_leaves_no_gap_and_calls_nobody_twice)
{
    plan_begin("20");
    world_set("RECONCILE_MS", "1000");
    const char *ids = plan_contacts(24);
    plan_people_are("busy", 1, 24);
    plan_open(ids, ",\"delay_seconds\":1");
    for (int i = 0; i < 20; i++) {
        int before = atoi(sql("select count(*) from dial_attempts where posted_at is not null"));
        EVENTUALLY(atoi(sql("select count(*) from dial_attempts where posted_at is not null")) >
                       before ||
                   i % 3 == 0);
        world_kill(DIALER);
        world_start(DIALER);
    }
    EVENTUALLY_IN(60, number(plan_batch(), "contacts.waiting") == 0);
    EVENTUALLY_IN(
        60, *sql("select 1 where not exists (select from dial_attempts where state = 'queued')"));
    cr_expect_geq(plan_least_spacing(), 850, "%ld ms", plan_least_spacing());
    struct answer a = ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=twilio.calls.create", NULL);
    int n = length(a.body, "entries");
    cr_expect_leq(n, 24);
    cr_expect_str_eq(sql("select count(*) from dial_attempts where posted_at is not null"), "24");
    for (int i = 0; i < n; i++) /* nobody twice; who was posted and not placed stays unknown */
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(field(a.body, text("entries.%d.detail", i)),
                              field(a.body, text("entries.%d.detail", k)));
}

/* ---- from a file, and what is foretold ---- */

Test(batches, a_file_of_contacts_is_called_as_foretold)
{
    plan_begin("20");
    const char *headers[] = {"Content-Type: text/csv", text("Authorization: Bearer %s", plan_agent),
                             NULL};
    const char *zone = sql("select timezone from contacts where timezone is not null limit 1");
    struct answer a =
        post_form(API, "/agent/contacts/import",
                  text("name,phone,timezone,consent\nA,202-555-2001,%s,\nB,202-555-2002,%s,\n"
                       "C,202-555-2003,%s,yes\nD,202-555-2004,%s,no\n",
                       zone, zone, zone, zone),
                  headers);
    cr_assert_eq(a.status, 200, "%s", a.body);
    const char *body =
        text("{\"import_id\":\"%s\",\"delay_seconds\":1}", field(a.body, "import_id"));
    plan_people_are("busy", 1, 3);
    struct answer dry = ask("POST", API, plan_agent, "/agent/calls/batch?dry_run=1", body);
    cr_assert_eq(dry.status, 200, "%s", dry.body);
    cr_expect_str_eq(sql("select count(*) from batches"), "0");
    cr_expect_eq(number(dry.body, "call_count"), 3);
    cr_expect_eq(number(dry.body, "forecast.refused.no_consent"), 1, "%s", dry.body);
    cr_expect_str_eq(field(dry.body, "forecast.limited_by"), "delay");
    a = ask("POST", API, plan_agent, "/agent/calls/batch", body);
    cr_assert_eq(a.status, 201, "%s", a.body);
    plan_id = field(a.body, "batch_id");
    cr_expect_eq(number(a.body, "call_count"), number(dry.body, "call_count"));
    EVENTUALLY_IN(40, !strcmp(plan_state(), "done"));
    plan_expect_calls(3, 1);
    cr_expect_eq(number(plan_batch(), "outcomes.busy"), 3, "%s", plan_batch());
    cr_expect_eq(number(plan_batch(), "outcomes.skipped"), 1, "%s", plan_batch());
    cr_expect_eq(ask("POST", API, plan_agent, "/agent/calls/batch", "{\"import_id\":\"x\"}").status,
                 404);
    cr_expect_eq(ask("POST", API, plan_agent, "/agent/calls/batch", "{}").status, 422);
}

/* ---- ten thousand ---- */

Test(batches, ten_thousand_contacts_are_one_plan_and_few_calls)
{
    plan_begin("5");
    sql("insert into contacts (real_estate_agent_id, name, phone_number, timezone) "
        "select '" AGENT_ID "', 'Crowd', '+1' || (3125000000 + k), (select timezone from contacts "
        "where timezone is not null limit 1) from generate_series(1, 10000) k");
    const char *ids = sql("select json_agg(id) from contacts where name = 'Crowd'");
    struct answer a;
    EVENTUALLY_IN(60, (a = plan_ask("", ids, ",\"name\":\"Everybody\"")).status != 504); /* load */
    cr_assert_eq(a.status, 201, "%d %s", a.status, a.body);
    plan_id = field(a.body, "batch_id");
    fprintf(stderr, "10,000 contacts were accepted in %ld ms\n", a.ms);
    cr_expect_eq(number(a.body, "call_count"), 10000);
    const char *last = field(a.body, "calls.9999.call_id");
    EVENTUALLY(placed_calls() > 3);
    cr_expect_leq(atoi(sql("select count(*) from calls")), 200);
    cr_expect_leq(atoi(sql("select count(*) from outbox where sent_at is null")), 100);
    EVENTUALLY_IN(60, (a = plan_say("cancel")).status != 504); /* load */
    cr_assert_eq(a.status, 200, "%d %s", a.status, a.body);
    a = ask("GET", API, plan_agent, text("/agent/calls/%s", last), NULL);
    cr_expect_eq(a.status, 200, "a planned call is shown: %s", a.body);
    cr_expect_str_eq(field(a.body, "reason"), "batch_cancelled");
}

static double looks(void)
{
    static const char name[] = "va_db_seconds_count{statement=\"batches_release\"";
    const char *at = strstr(ask("GET", OPS + DIALER, NULL, "/metrics", NULL).body, name);
    return at ? strtod(strchr(at, '}') + 1, NULL) : 0;
}

Test(batches, while_none_runs_the_dialer_looks_for_one_once_a_second)
{
    struct timespec began, over;
    EVENTUALLY(looks() > 2); /* what starting nudges is behind it */
    double before = looks();
    clock_gettime(CLOCK_MONOTONIC, &began);
    EVENTUALLY(looks() >= before + 3);
    clock_gettime(CLOCK_MONOTONIC, &over);
    double asked = looks() - before;
    cr_expect_leq(asked, 2.0 * (double)(over.tv_sec - began.tv_sec + 1) + 1, "%.0f times", asked);
}
