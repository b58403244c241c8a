/* The outbox relay: what it may call sent. */
#include "meanwhile.h"
#include "world.h"
#include <criterion/criterion.h>

TestSuite(outbox, .init = world_up, .fini = world_down, .timeout = 60);

static void put(const char *id, const char *exchange, const char *key)
{
    sql("insert into outbox (id, exchange, routing_key, type, body) values ('%s', '%s', '%s', "
        "'%s', "
        "'{\"real_estate_agent_id\": \"0193a000-0000-7000-8000-000000000001\"}')",
        id, exchange, key, key);
}

Test(outbox, a_command_that_no_queue_takes_stays_due)
{
    put("homeless", "va.cmd", "nobody.listens");
    EVENTUALLY(*sql("select 1 from outbox where id = 'homeless' and tries > 0"));
    put("later", "va.evt", "agent.changed"); /* goes with a later batch, so the first one is over */
    EVENTUALLY(*sql("select 1 from outbox where id = 'later' and sent_at is not null"));
    cr_expect_str_eq(sql("select count(*) from outbox where id = 'homeless' and sent_at is null"),
                     "1");
}

Test(outbox, a_message_that_is_committed_late_goes_out_late_and_not_never)
{
    FILE *other =
        meanwhile("insert into outbox (id, exchange, routing_key, type, body, not_before) values "
                  "('late', 'va.evt', 'agent.changed', 'agent.changed', "
                  "'{\"real_estate_agent_id\": \"0193a000-0000-7000-8000-000000000001\"}', "
                  "now() - interval '1 hour')");
    put("early", "va.evt", "agent.changed");
    EVENTUALLY(*sql("select 1 from outbox where id = 'early' and sent_at is not null"));
    meanwhile_over(other, "commit");
    EVENTUALLY(*sql("select 1 from outbox where id = 'late' and sent_at is not null"));
}

Test(outbox, two_relays_share_the_work_and_send_nothing_twice)
{
    world_start(DIALER_2);
    sql("insert into outbox (exchange, routing_key, type, body) select 'va.evt', 'agent.changed', "
        "'agent.changed', '{\"real_estate_agent_id\": \"0193a000-0000-7000-8000-000000000001\"}' "
        "from generate_series(1, 3000)");
    EVENTUALLY_IN(40, *sql("select 1 where not exists (select from outbox where sent_at is null)"));
    cr_expect_str_eq(sql("select max(tries) from outbox"), "1", "leased twice");
}

Test(outbox, what_a_dead_relay_had_in_hand_goes_out_when_its_lease_ends)
{
    world_stop(DIALER);
    world_set("VA_FAULT", "relay.leased=kill");
    put("orphan", "va.evt", "agent.changed");
    world_start(DIALER);
    world_await_death(DIALER);
    world_set("VA_FAULT", "");
    cr_expect_str_eq(
        sql("select sent_at is null and lease_until > now() from outbox where id = 'orphan'"), "t");
    world_start(DIALER);
    put("next", "va.evt", "agent.changed");
    EVENTUALLY(*sql("select 1 from outbox where id = 'next' and sent_at is not null"));
    cr_expect_str_eq(sql("select sent_at is null from outbox where id = 'orphan'"), "t",
                     "it is leased");
    sql("update outbox set lease_until = now() where id = 'orphan'");
    EVENTUALLY(
        *sql("select 1 from outbox where id = 'orphan' and sent_at is not null and tries = 2"));
}
