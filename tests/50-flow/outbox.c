/* The outbox relay: what it may call sent. */
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
