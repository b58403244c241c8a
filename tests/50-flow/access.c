/* Who may ask for what: over all routes of the gateway's own table. */
#include "world.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(access, .init = world_up, .fini = world_down, .timeout = 90);

static const struct entry {
    const char *method, *path, *role;
} entries[] = {
#define ROUTE(method, path, role, ...) {method, path, #role},
#define ONCE                           ROUTE
#include "../../services/api-gateway/routes.tbl.h"
#undef ONCE
#undef ROUTE
};
#define ENTRIES (sizeof entries / sizeof *entries)

/* "/agent/calls/{call_id}/turns" -> "/agent/calls/x/turns" */
static const char *path_of(const struct entry *e)
{
    const char *open = strchr(e->path, '{'), *close = open ? strchr(open, '}') : NULL;
    return open ? text("%.*sx%s", (int)(open - e->path), e->path, close + 1) : e->path;
}

static int status_for(const struct entry *e, const char *token)
{
    const char *body = strcmp(e->method, "GET") == 0 ? NULL : "{}";
    return ask(e->method, API, token, path_of(e), body).status;
}

static bool has_role(const struct entry *e, const char *role)
{
    return strcmp(e->role, role) == 0;
}

Test(access, nobody_gets_anything_without_a_token)
{
    int asked = 0;
    for (const struct entry *e = entries; e < entries + ENTRIES; e++) {
        if (has_role(e, "ROLE_PUBLIC"))
            continue;
        cr_expect_eq(status_for(e, NULL), 401, "%s %s", e->method, e->path);
        cr_expect_eq(status_for(e, "a-token-of-nobody-that-is-43-characters-lon"), 401, "%s %s",
                     e->method, e->path);
        asked++;
    }
    cr_assert_gt(asked, 20);
}

Test(access, agents_and_admins_keep_to_their_own_side)
{
    const char *agent = login("agent@demo.test"), *admin = login("admin@demo.test");
    for (const struct entry *e = entries; e < entries + ENTRIES; e++) {
        if (has_role(e, "ROLE_ADMIN"))
            cr_expect_eq(status_for(e, agent), 403, "an agent: %s %s", e->method, e->path);
        if (has_role(e, "ROLE_AGENT"))
            cr_expect_eq(status_for(e, admin), 403, "an admin: %s %s", e->method, e->path);
    }
}

Test(access, a_call_of_another_agent_does_not_exist)
{
    static const char *const below[] = {"", "/recording", "/peaks", "/transcript", "/turns"};
    active_voice_agent();
    const char *mine = login("agent@demo.test"), *other = login("agent2@demo.test");
    sql("insert into batches (id, real_estate_agent_id, delay_seconds, total) select 'batch', "
        "real_estate_agent_id, 0, 1 from voice_agents");
    const char *id = sql(
        "insert into calls (voice_agent_id, real_estate_agent_id, twilio_call_sid, from_number, "
        "to_number, status, direction, transcript, recording_sid, recording_url) "
        "select id, real_estate_agent_id, 'CA1', '+12025550150', '+12025550151', 'completed', "
        "'inbound', 'Caller: hello', 'RE1', 'http://127.0.0.1/RE1' from voice_agents returning id");
    sql("insert into recordings (call_id, real_estate_agent_id, sid, state, peaks) select id, "
        "real_estate_agent_id, 'RE1', 'ready', '{\"peaks\":[]}' from calls");
    cr_expect_eq(
        ask("DELETE", API, other, text("/agent/calls/%s/recording?transcript=delete", id), NULL)
            .status,
        404);
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        const char *path = text("/agent/calls/%s%s", id, below[i]);
        cr_expect_eq(ask("GET", API, mine, path, NULL).status, 200, "%s", path);
        cr_expect_eq(ask("GET", API, other, path, NULL).status, 404, "%s", path);
    }
    cr_expect_eq(ask("GET", API, mine, "/agent/batches/batch", NULL).status, 200);
    cr_expect_eq(ask("GET", API, other, "/agent/batches/batch", NULL).status, 404);
    cr_expect_eq(length(ask("GET", API, other, "/agent/calls", NULL).body, "items"), 0);
}

Test(access, a_token_is_worth_nothing_after_logout)
{
    const char *token = login("agent@demo.test");
    cr_assert_eq(ask("GET", API, token, "/auth/me", NULL).status, 200);
    cr_expect_lt(ask("POST", API, token, "/auth/logout", "{}").status, 300);
    cr_expect_eq(ask("GET", API, token, "/auth/me", NULL).status, 401);
    struct answer a = ask("POST", API, NULL, "/auth/login",
                          "{\"email\":\"agent@demo.test\",\"password\":\"wrong\"}");
    cr_expect_eq(a.status, 401, "%s", a.body);
}
