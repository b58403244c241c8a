/* Calls that an agent asks for. */
#include "truth.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH       5
#define DELAY_MS    1000
#define DAY_MS      86400000L
#define ROUNDING_MS 2

TestSuite(outbound, .init = world_up, .fini = world_down, .timeout = 90);

static const char *agent;

static struct answer initiate(const char *body)
{
    return ask("POST", API, agent, "/agent/calls/initiate", body);
}

static const char *contact(int n) /* from 0; those of the demo data are called by day */
{
    return sql(
        "select id from contacts where real_estate_agent_id = (select id from real_estate_agents "
        "where email = 'agent@demo.test') order by phone_number offset %d limit 1",
        n);
}

static const char *number_of(const char *contact_id)
{
    return sql("select phone_number from contacts where id = '%s'", contact_id);
}

static const char *someone_elses_contact(void)
{
    return sql("insert into contacts (real_estate_agent_id, name, phone_number, timezone) "
               "select id, 'Zoe', '+12025550109', (select max(timezone) from contacts) from "
               "real_estate_agents "
               "where email = 'agent2@demo.test' returning id");
}

static const char *outcome_of_a_call_to(const char *script)
{
    const char *id = contact(0);
    callee(number_of(id), script);
    struct answer a = initiate(text("{\"contact_id\":\"%s\"}", id));
    cr_assert_eq(a.status, 201, "initiate: %d %s", a.status, a.body);
    const char *sid = field(a.body, "call_sid");
    cr_assert(sid && strncmp(sid, "CA", 2) == 0, "%s", a.body);
    expect_true_call(sid);
    cr_expect_eq(placed_calls(), 1);
    const char *call = ended_call(field(a.body, "call_id"));
    cr_expect_str_eq(field(call, "contact_id"), id);
    cr_expect_str_eq(field(call, "direction"), "outbound");
    cr_expect_str_eq(field(call, "twilio_call_sid"), sid);
    return field(call, "status");
}

static void begin(void)
{
    active_voice_agent();
    agent = login("agent@demo.test");
}

Test(outbound, a_lead_is_called_and_talks)
{
    begin();
    cr_expect_str_eq(outcome_of_a_call_to("lead"), "completed");
    const char *sid = sql("select twilio_call_sid from calls");
    cr_expect_eq(bad_documents(call_over(sid)), 0, "%s", call_over(sid));
    cr_expect_geq(lines_of(call_over(sid), "caller"), 4, "%s", call_over(sid));
    expect_true_transcript(sid);
    expect_true_statistics();
    cr_expect_str_eq(sql("select kind || ' ' || source from consents"), "attested dial");
}

Test(outbound, a_busy_line_is_busy)
{
    begin();
    cr_expect_str_eq(outcome_of_a_call_to("busy"), "busy");
    expect_true_statistics();
}

Test(outbound, nobody_answers)
{
    begin();
    cr_expect_str_eq(outcome_of_a_call_to("no-answer"), "no-answer");
}

Test(outbound, a_number_that_is_not_in_service_fails)
{
    begin();
    cr_expect_str_eq(outcome_of_a_call_to("unreachable"), "failed");
}

Test(outbound, a_mailbox_hears_a_message_and_the_call_ends)
{
    begin();
    cr_expect_str_eq(outcome_of_a_call_to("mailbox"), "completed");
    cr_expect_eq(bad_documents(call_over(sql("select twilio_call_sid from calls"))), 0);
}

/* ---- batches ---- */

static const char *batch_of(int n, const char *further)
{
    const char *ids = further ? text(",\"%s\"", further) : "";
    for (int i = n - 1; i >= 0; i--)
        ids = text(",\"%s\"%s", contact(i), ids);
    return text("{\"contact_ids\":[%s],\"delay_seconds\":%d}", ids + 1, DELAY_MS / 1000);
}

/* "2026-01-31T10:00:01.250Z": milliseconds of the day. */
static long time_of(const char *at)
{
    int h, m, s, ms;
    cr_assert_eq(sscanf(strchr(at, 'T'), "T%d:%d:%d.%dZ", &h, &m, &s, &ms), 4, "%s", at);
    return ((h * 60L + m) * 60 + s) * 1000 + ms;
}

/* Each call has its time, a delay after the one before; none leaves early, none overtakes. */
static void expect_spacing(const char *batch)
{
    struct answer a = ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=twilio.calls.create", NULL);
    cr_assert_eq(length(a.body, "entries"), BATCH, "%s", a.body);
    long first = time_of(field(batch, "calls.0.due"));
    for (int i = 0; i < BATCH; i++) {
        long due = time_of(field(batch, text("calls.%d.due", i)));
        long left = time_of(field(a.body, text("entries.%d.at", i)));
        cr_expect_str_eq(field(a.body, text("entries.%d.detail", i)),
                         text("To=%s", number_of(contact(i))));
        cr_expect_eq((due - first + DAY_MS) % DAY_MS, i * DELAY_MS);
        long late = (left - due + DAY_MS + ROUNDING_MS) % DAY_MS - ROUNDING_MS;
        cr_expect_lt(late, DAY_MS / 2, "call %d left %ld ms before its time", i, DAY_MS - late);
        fprintf(stderr, "call %d of the batch left %ld ms after its time\n", i, late);
    }
}

Test(outbound, a_batch_is_placed_in_order_and_spaced)
{
    begin();
    for (int i = 0; i < BATCH; i++)
        callee(number_of(contact(i)), i % 2 ? "busy" : "no-answer");
    struct answer a = ask("POST", API, agent, "/agent/calls/batch", batch_of(BATCH, NULL));
    cr_assert_eq(a.status, 201, "batch: %d %s", a.status, a.body);
    cr_expect_eq(number(a.body, "call_count"), BATCH);
    const char *batch = text("/agent/batches/%s", field(a.body, "batch_id"));
    cr_expect_str_eq(field(ask("GET", API, agent, batch, NULL).body, "state"), "running");
    for (int i = 0; i < BATCH; i++) {
        const char *id = field(a.body, text("calls.%d.call_id", i));
        cr_expect_str_eq(field(ended_call(id), "status"), i % 2 ? "busy" : "no-answer");
    }
    expect_spacing(a.body);
    a = ask("GET", API, agent, batch, NULL);
    cr_expect_str_eq(field(a.body, "state"), "done");
    cr_expect_eq(number(a.body, "counts.busy"), 2, "%s", a.body);
    cr_expect_eq(number(a.body, "counts.no-answer"), 3, "%s", a.body);
    expect_true_statistics();
}

Test(outbound, a_batch_with_a_contact_of_somebody_else_calls_nobody)
{
    begin();
    const char *other = someone_elses_contact(), *body = batch_of(2, other);
    cr_expect_eq(ask("POST", API, agent, "/agent/calls/batch", body).status, 404);
    cr_expect_eq(initiate(text("{\"contact_id\":\"%s\"}", other)).status, 404);
    cr_expect_str_eq(sql("select concat_ws(' ', (select count(*) from calls), (select count(*) "
                         "from dial_attempts), "
                         "(select count(*) from outbox where type = 'call.dial'))"),
                     "0 0 0");
    cr_expect_eq(placed_calls(), 0);
}

/* ---- what keeps a call from being placed ---- */

Test(outbound, a_number_on_the_do_not_call_list_is_not_called)
{
    begin();
    sql("insert into suppressions (real_estate_agent_id, phone_number, source) "
        "select null, '%s', 'import'",
        number_of(contact(0)));
    struct answer a = initiate(text("{\"contact_id\":\"%s\"}", contact(0)));
    cr_expect_eq(a.status, 409, "%d %s", a.status, a.body);
    cr_expect_str_eq(field(a.body, "error.code"), "do_not_call");

    a = ask("POST", API, agent, "/agent/calls/batch", batch_of(2, NULL));
    cr_assert_eq(a.status, 201, "batch: %d %s", a.status, a.body);
    cr_expect_eq(number(a.body, "call_count"), 1);
    cr_expect_str_eq(field(a.body, "calls.0.reason"), "do_not_call");
    ended_call(field(a.body, "calls.1.call_id"));
    cr_expect_eq(placed_calls(), 1);
}

Test(outbound, the_stop_switch_stops_also_what_is_due_later)
{
    begin();
    const char *admin = login("admin@demo.test");
    for (int i = 0; i < 3; i++)
        callee(number_of(contact(i)), "busy");
    struct answer batch = ask("POST", API, agent, "/agent/calls/batch", batch_of(3, NULL));
    cr_assert_eq(batch.status, 201, "batch: %d %s", batch.status, batch.body);
    EVENTUALLY(placed_calls() == 1);
    cr_expect_eq(ask("POST", API, admin, "/admin/dialing/stop", "{\"reason\":\"a drill\"}").status,
                 200);
    int placed = placed_calls();

    struct answer a = initiate(text("{\"contact_id\":\"%s\"}", contact(4)));
    cr_expect_eq(a.status, 503, "%d %s", a.status, a.body);
    cr_expect_str_eq(field(a.body, "error.code"), "dialing_stopped");
    const char *path = text("/agent/batches/%s", field(batch.body, "batch_id"));
    EVENTUALLY(!strcmp(field(ask("GET", API, agent, path, NULL).body, "state"), "paused"));
    a = ask("GET", API, agent, path, NULL);
    cr_expect_str_eq(field(a.body, "reason"), "dialing_stopped");
    cr_expect_geq(number(a.body, "contacts.waiting"), 1, "%s", a.body);
    cr_expect_eq(placed_calls(), placed);

    cr_expect_eq(ask("POST", API, admin, "/admin/dialing/start", "{}").status, 200);
    cr_expect_eq(initiate(text("{\"contact_id\":\"%s\"}", contact(4))).status, 201);
}
