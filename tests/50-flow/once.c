/* An Idempotency-Key whose first request dies with the gateway. */
#include "meanwhile.h"
#include "plan.h"
#include "truth.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(once, .init = world_up, .fini = world_down, .timeout = 90);

static struct answer post(const char *path, const char *body)
{
    const char *headers[] = {"Content-Type: application/json", "Idempotency-Key: k",
                             text("Authorization: Bearer %s", plan_agent), NULL};
    return post_form(API, path, body, headers);
}

/* The request waits for a lock on this table when the gateway is killed. Whether what it asked for is carried out
 * afterwards depends on whether the lock is given up before the database's patience ends. */
static void dies_amid(const char *path, const char *body, const char *table, bool carried_out)
{
    FILE *other = meanwhile(text("lock table %s", table));
    FILE *client =
        popen(text("curl -s -m 20 -H 'Content-Type: application/json' -H 'Authorization: Bearer "
                   "%s' -H 'Idempotency-Key: k' -d '%s' '%s'",
                   plan_agent, body, url_of(API, path)),
              "r");
    cr_assert(client);
    EVENTUALLY(*sql("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = "
                    "current_database()"));
    world_kill(GATEWAY);
    if (!carried_out)
        sql("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' "
            "and datname = current_database()");
    meanwhile_over(other, "rollback");
    pclose(client);
    EVENTUALLY(*sql("select 1 where not exists (select from pg_stat_activity where query like "
                    "'%%idempotency_keys%%' and state = 'active' and pid <> pg_backend_pid() and "
                    "datname = current_database())"));
    world_start(GATEWAY);
}

static void begin(void)
{
    plan_begin("20");
    plan_contacts(1);
    plan_people_are("busy", 1, 1);
}

#define CALL  "{\"contact_id\":\"person-1\"}"
#define BATCH "{\"contact_ids\":[\"person-1\"]}"

static void age(void)
{
    sql("update idempotency_keys set created_at = created_at - interval '61 seconds'");
}

Test(once, a_call_whose_answer_was_lost_is_found_by_its_key)
{
    begin();
    dies_amid("/agent/calls/initiate", CALL, "live_calls", true);
    struct answer a = post("/agent/calls/initiate", CALL);
    cr_assert_eq(a.status, 202, "%d %s", a.status, a.body);
    cr_expect_str_eq(header(&a, "Idempotent-Replayed"), "true");
    cr_expect_str_eq(field(a.body, "call_id"), sql("select id from calls"));
    EVENTUALLY(placed_calls() == 1);
    age();
    cr_expect_eq(post("/agent/calls/initiate", CALL).status, 202);
    cr_expect_str_eq(sql("select count(*) from calls"), "1");
}

Test(once, a_batch_whose_answer_was_lost_is_found_by_its_key)
{
    begin();
    dies_amid("/agent/calls/batch", BATCH, "batch_contacts", true);
    struct answer a = post("/agent/calls/batch", BATCH);
    cr_assert_eq(a.status, 201, "%d %s", a.status, a.body);
    cr_expect_str_eq(header(&a, "Idempotent-Replayed"), "true");
    cr_expect_str_eq(field(a.body, "batch_id"), sql("select id from batches"));
    cr_expect_str_eq(field(a.body, "calls.0.contact_id"), "person-1");
    cr_expect_str_eq(sql("select count(*) from batches"), "1");
}

Test(once, a_key_whose_request_did_nothing_is_free_after_a_minute)
{
    begin();
    dies_amid("/agent/calls/initiate", CALL, "live_calls", false);
    cr_expect_str_eq(sql("select count(*) from calls"), "0");
    struct answer a = post("/agent/calls/initiate", CALL);
    cr_assert_eq(a.status, 409, "%d %s", a.status, a.body);
    cr_expect_str_eq(field(a.body, "error.code"), "in_progress");
    age();
    a = post("/agent/calls/initiate", CALL);
    cr_expect(a.status == 201 || a.status == 202, "%d %s", a.status, a.body);
    EVENTUALLY(placed_calls() == 1);
    cr_expect_str_eq(sql("select count(*) from calls"), "1");
}

Test(once, what_may_have_been_done_says_so_when_its_request_was_cut_off)
{
    static const char contact[] = "{\"name\":\"Ada\",\"phone_number\":\"+12025557777\"}";
    begin();
    dies_amid("/agent/contacts", contact, "contacts", false);
    struct answer a = post("/agent/contacts", contact);
    cr_expect_str_eq(field(a.body, "error.code"), "in_progress", "%s", a.body);
    age();
    a = post("/agent/contacts", contact);
    cr_assert_eq(a.status, 409, "%d %s", a.status, a.body);
    cr_expect_str_eq(field(a.body, "error.code"), "unknown_outcome");
}
