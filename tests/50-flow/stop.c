/* Calls that are stopped: one, an agent's, all; by the API, and by a row alone. */
#include "truth.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RINGS  "{\"answer\":\"human\",\"ring_ms\":500000}" /* 25 s here */
#define TALKER "{\"answer\":\"human\",\"say\":[{\"text\":\"Let me think.\",\"think_ms\":300000}]}"

TestSuite(stop, .init = world_up, .fini = world_down, .timeout = 90);

static const char *agent;

static void begin(const char *cps)
{
    world_set("DIAL_RING_SECONDS", "600");
    world_set("DIAL_CPS", cps);
    world_stop(DIALER);
    world_start(DIALER);
    active_voice_agent();
    agent = login("agent@demo.test");
}

static const char *number_nth(int i)
{
    return sql("select phone_number from contacts where real_estate_agent_id = (select id from "
               "real_estate_agents where email = 'agent@demo.test') order by phone_number offset "
               "%d limit 1",
               i);
}

static const char *call_to(int nth, const char *script)
{
    callee(number_nth(nth), script);
    struct answer a = ask("POST", API, agent, "/agent/calls/initiate",
                          text("{\"phone_number\":\"%s\"}", number_nth(nth)));
    cr_assert(a.status == 201 || a.status == 202, "%d %s", a.status, a.body);
    return field(a.body, "call_id");
}

static void await_status(const char *id, const char *status)
{
    EVENTUALLY(strcmp(sql("select status from calls where id = '%s'", id), status) == 0);
}

static void expect_canceled(const char *id)
{
    await_status(id, "canceled");
    cr_expect_str_eq(sql("select end_reason from calls where id = '%s'", id), "dialing_stopped");
}

Test(stop, a_row_stops_what_rings_and_what_waits)
{
    begin("0.05");
    const char *rings = call_to(0, RINGS);
    await_status(rings, "ringing");
    const char *waits = call_to(1, RINGS);
    sql("insert into dial_stops (who, reason) values ('global', 'by hand')");
    expect_canceled(rings);
    expect_canceled(waits);
    cr_expect_eq(placed_calls(), 1);
    const char *sid = sql("select twilio_call_sid from calls where id = '%s'", rings);
    cr_expect_str_eq(field(call_over(sid), "status"), "canceled");
    struct answer a = ask("GET", API, agent, text("/agent/calls/%s", rings), NULL);
    cr_expect_str_eq(field(a.body, "decisions.0.asked"), "opening");
    cr_expect_str_eq(field(a.body, "decisions.1.asked"), "placing");
    cr_expect_str_eq(field(a.body, "decisions.1.verdict"), "allowed");
}

Test(stop, an_agent_stops_and_starts_his_own_but_not_what_an_admin_stopped)
{
    begin("20");
    const char *rings = call_to(0, RINGS);
    await_status(rings, "ringing");
    cr_expect_eq(ask("POST", API, agent, "/agent/dialing/stop", "{}").status, 200);
    expect_canceled(rings);
    const char *again = text("{\"phone_number\":\"%s\"}", number_nth(1));
    cr_expect_eq(ask("POST", API, agent, "/agent/calls/initiate", again).status, 503);
    cr_expect_eq(ask("POST", API, agent, "/agent/dialing/start", NULL).status, 200);
    cr_expect_eq(ask("POST", API, agent, "/agent/calls/initiate", again).status, 201);

    const char *admin = login("admin@demo.test");
    cr_expect_eq(ask("POST", API, admin, "/admin/dialing/stop", "{}").status, 200);
    cr_expect_eq(ask("POST", API, agent, "/agent/dialing/start", NULL).status, 409);
    cr_expect_str_eq(sql("select string_agg(action, ' ' order by id) from audit_log where action "
                         "like 'dialing.%%'"),
                     "dialing.stop dialing.start dialing.stop");
}

/* When the network received the last request for a call: seconds since 1970. */
static double last_arrival(void)
{
    struct answer a = ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=twilio.calls.create", NULL);
    int n = length(a.body, "entries");
    return n ? atof(sql("select extract(epoch from '%s'::timestamptz)",
                        field(a.body, text("entries.%d.at", n - 1))))
             : 0;
}

static const char *batch_of(int n)
{
    sql("insert into contacts (id, real_estate_agent_id, name, phone_number, timezone) "
        "select 'person-' || k, a.id, 'Person ' || k, '+1202555' || (2000 + k), (select "
        "max(timezone) from contacts) from real_estate_agents a, generate_series(1, %d) k where "
        "a.email = 'agent@demo.test'",
        n);
    struct answer a =
        ask("POST", API, agent, "/agent/calls/batch",
            text("{\"contact_ids\":%s}", sql("select json_agg('person-' || k order by k) from "
                                             "generate_series(1, %d) k",
                                             n)));
    cr_assert_eq(a.status, 201, "%d %s", a.status, a.body);
    return field(a.body, "batch_id");
}

Test(stop, under_load_nobody_is_dialed_a_second_later_and_batches_pause)
{
    world_set("LINES_TOTAL", "1000");
    begin("50");
    for (int i = 1; i < 4; i++)
        world_start((enum process)(DIALER_2 + i - 1));
    const char *batch = batch_of(400);
    EVENTUALLY(placed_calls() >= 50);
    double stopped = atof(sql("insert into dial_stops (who, reason) values ('global', 'by hand') "
                              "returning extract(epoch from clock_timestamp())"));
    EVENTUALLY(strcmp(sql("select state || ' ' || reason from batches where id = '%s'", batch),
                      "paused dialing_stopped") == 0);
    EVENTUALLY(strcmp(sql("select count(*) from dial_attempts where state in ('posting', "
                          "'queued')"),
                      "0") == 0);
    double last = last_arrival();
    cr_expect_leq(last, stopped + 1, "%.3f s after the stop", last - stopped);
    cr_expect_lt(placed_calls(), 400);
}

Test(stop, what_is_refused_at_once_is_remembered_with_its_reason)
{
    begin("20");
    const char *number = number_nth(0);
    sql("insert into suppressions (phone_number, reason, source) values ('%s', 'asked', 'admin')",
        number);
    struct answer a =
        ask("POST", API, agent, "/agent/calls/initiate", text("{\"phone_number\":\"%s\"}", number));
    cr_expect_eq(a.status, 409, "%d %s", a.status, a.body);
    cr_expect_str_eq(sql("select asked || ' ' || verdict from dial_decisions where call_id is "
                         "null and number_hash <> ''"),
                     "opening do_not_call");
    a = ask("GET", API, agent,
            text("/agent/contacts/%s",
                 sql("select id from contacts where phone_number = '%s' and real_estate_agent_id "
                     "= (select id from real_estate_agents where email = 'agent@demo.test')",
                     number)),
            NULL);
    cr_expect_eq(length(a.body, "refusals"), 1, "%s", a.body);
    cr_expect_str_eq(field(a.body, "refusals.0.verdict"), "do_not_call");
}

Test(stop, a_call_that_is_only_planned_is_taken_out_of_its_batch)
{
    begin("0.05");
    const char *batch = batch_of(100);
    const char *planned = sql("select call_id from batch_contacts where batch_id = '%s' and "
                              "position = (select max(position) from batch_contacts)",
                              batch);
    const char *path = text("/agent/calls/%s/hangup", planned);
    cr_expect_eq(ask("POST", API, login("agent2@demo.test"), path, NULL).status, 404);
    struct answer a = ask("POST", API, agent, path, NULL);
    cr_expect_eq(a.status, 200, "%d %s", a.status, a.body);
    cr_expect_str_eq(field(a.body, "status"), "canceled");
    cr_expect_eq(ask("POST", API, agent, path, NULL).status, 200);
    a = ask("GET", API, agent, text("/agent/calls/%s", planned), NULL);
    cr_expect_str_eq(field(a.body, "status"), "canceled");
    cr_expect_str_eq(
        sql("select state || ' ' || reason from batch_contacts where call_id = '%s'", planned),
        "ended hung_up");
}

Test(stop, a_call_without_a_name_is_hung_up_once_it_has_one)
{
    begin("20");
    cr_assert_lt(ask("POST", TELEPHONE, NULL, "/sandbox/faults",
                     "{\"api\":\"twilio.calls.create\",\"kind\":\"close_after_accept\","
                     "\"times\":1}")
                     .status,
                 300);
    cr_assert_lt(ask("POST", TELEPHONE, NULL, "/sandbox/faults",
                     "{\"api\":\"callback.status\",\"kind\":\"delay\",\"ms\":4000}")
                     .status,
                 300);
    callee(number_nth(0), "{\"answer\":\"human\",\"ring_ms\":2000000}");
    ask("POST", API, agent, "/agent/calls/initiate",
        text("{\"phone_number\":\"%s\"}", number_nth(0)));
    const char *id = sql("select id from calls");
    struct answer a = ask("POST", API, agent, text("/agent/calls/%s/hangup", id), NULL);
    cr_expect_eq(a.status, 202, "%d %s", a.status, a.body);
    await_status(id, "canceled");
    cr_expect_str_eq(sql("select end_reason from calls"), "hung_up");
}

Test(stop, a_call_is_hung_up)
{
    begin("20");
    const char *talks = call_to(0, TALKER), *rings = call_to(1, RINGS);
    await_status(talks, "in-progress");
    await_status(rings, "ringing");
    const char *path = text("/agent/calls/%s/hangup", talks);
    cr_expect_eq(ask("POST", API, agent, path, NULL).status, 202);
    cr_expect_eq(ask("POST", API, agent, text("/agent/calls/%s/hangup", rings), NULL).status, 202);
    await_status(talks, "completed");
    await_status(rings, "canceled");
    cr_expect_eq(ask("POST", API, agent, path, NULL).status, 200); /* over already */
    cr_expect_eq(ask("POST", API, login("agent2@demo.test"), path, NULL).status, 404);
}
