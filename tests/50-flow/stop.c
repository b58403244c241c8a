/* Calls that are stopped: one, an agent's, all; by the API, and by a row alone. */
#include "truth.h"
#include <criterion/criterion.h>
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
