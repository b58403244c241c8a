/*
 * The API's contract, proto/openapi.yaml, against the running system; whose is whose; what must not be
 * seen. The questions come from the document, the route table and the statements themselves, so they are
 * asked by scripts: each has its own first lines.
 */
#include "world_script.h"
#include "world.h"
#include <criterion/criterion.h>

TestSuite(contract, .timeout = 300);

/* What it posts to nowhere comes again only when nobody looks any more. */
static void world_up_patient(void)
{
    world_set("WEBHOOK_RETRY_S", "21600");
    world_up();
}

Test(contract, the_document_says_what_the_system_does, .init = world_up_patient, .fini = world_down)
{
    run_script("50-flow/contract.py");
}

Test(contract, nobody_sees_or_moves_what_is_not_his, .init = world_up, .fini = world_down)
{
    run_script("50-flow/probes.py");
}

static void world_up_talkative(void)
{
    world_set("LOG_LEVEL", "debug");
    world_up();
}

Test(contract, what_must_not_be_seen_is_nowhere, .init = world_up_talkative, .fini = world_down)
{
    run_script("50-flow/canary.py");
}

Test(contract, what_is_wrong_at_the_edge_goes_no_further, .init = world_up, .fini = world_down)
{
    run_script("50-flow/edges.py");
}

static void world_up_impatient(void)
{
    world_set("RATE_PER_ACCOUNT", "2");
    world_set("RATE_PER_ADDRESS", "20");
    world_up();
}

/* How many requests it takes until one is refused: the bucket, and what has flowed in meanwhile. */
static int asked_until_refused(const char *token, const char *path, struct answer *refused)
{
    int asked = 0;
    do
        *refused = ask("GET", API, token, path, NULL);
    while (++asked < 5000 && refused->status != 429);
    return asked;
}

Test(contract, who_asks_too_often_waits_and_nobody_else_does, .init = world_up_impatient,
     .fini = world_down)
{
    struct answer a;
    const char *agent = login("agent@demo.test"), *other = login("agent2@demo.test");
    int asked = asked_until_refused(agent, "/auth/me", &a);
    cr_assert_eq(a.status, 429);
    cr_expect_str_eq(field(a.body, "error.code"), "too_many_requests");
    cr_expect_gt(asked, 10);
    cr_expect_eq(ask("GET", API, other, "/auth/me", NULL).status, 200, "another account");
    EVENTUALLY(ask("GET", API, agent, "/auth/me", NULL).status == 200);
    asked = asked_until_refused(NULL, "/docs", &a);
    cr_expect_eq(a.status, 429);
    cr_expect_gt(asked, 20);
    cr_expect_eq(ask("GET", API, other, "/auth/me", NULL).status, 429, "the same address");
    EVENTUALLY(ask("GET", API, other, "/auth/me", NULL).status == 200);
}
