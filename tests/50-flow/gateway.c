/* The API's own promises: what is refused, what is done once, what is waited for. */
#include "world.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(gateway, .init = world_up, .fini = world_down, .timeout = 90);

#define AGENT_ID   "0193a000-0000-7000-8000-000000000001"
#define CONTACT(n) "0193a000-0000-7000-8000-00000000010" #n

static struct answer post(const char *token, const char *path, const char *body)
{
    return ask("POST", API, token, path, body);
}

Test(gateway, a_wrong_password_and_an_unknown_user_look_alike)
{
    struct answer wrong =
        post(NULL, "/auth/login", "{\"email\":\"agent@demo.test\",\"password\":\"x\"}");
    struct answer unknown =
        post(NULL, "/auth/login", "{\"email\":\"nobody@demo.test\",\"password\":\"x\"}");
    cr_expect_eq(wrong.status, 401, "%s", wrong.body);
    cr_expect_eq(unknown.status, 401);
    cr_expect_str_eq(wrong.body, unknown.body);
}

Test(gateway, the_sixth_failed_login_of_an_account_is_refused_and_success_is_free)
{
    static const char bad[] = "{\"email\":\"agent2@demo.test\",\"password\":\"x\"}";
    for (int i = 0; i < 8; i++)
        cr_assert_neq(*login("agent@demo.test"), 0);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(post(NULL, "/auth/login", bad).status, 401, "attempt %d", i + 1);
    cr_expect_eq(post(NULL, "/auth/login", bad).status, 429);
    cr_assert_neq(*login("agent@demo.test"), 0);
}

Test(gateway, strangers_cannot_lock_an_account_out_of_its_own_address)
{
    cr_assert_neq(*login("agent@demo.test"), 0);
    sql("update throttles set tokens = 0, at = now() where key = 'login:account:agent@demo.test'");
    cr_assert_neq(*login("agent@demo.test"), 0);
    sql("update audit_log set address = '192.0.2.1'");
    sql("update throttles set tokens = 0, at = now() where key = 'login:account:agent@demo.test'");
    struct answer a =
        post(NULL, "/auth/login", "{\"email\":\"agent@demo.test\",\"password\":\"demo-password\"}");
    cr_expect_eq(a.status, 429, "%s", a.body);
}

Test(gateway, a_session_ends_with_its_logout)
{
    const char *token = login("agent@demo.test");
    cr_expect_eq(ask("GET", API, token, "/auth/me", NULL).status, 200);
    cr_expect_eq(post(token, "/auth/logout", NULL).status, 200);
    cr_expect_eq(ask("GET", API, token, "/auth/me", NULL).status, 401);
}

Test(gateway, a_session_that_was_idle_for_half_an_hour_has_ended)
{
    const char *token = login("agent@demo.test");
    sql("update sessions set last_seen_at = now() - interval '31 minutes'");
    cr_expect_eq(ask("GET", API, token, "/auth/me", NULL).status, 401);
}

Test(gateway, approving_twice_gives_the_same_number_and_a_rejected_request_stays_rejected)
{
    const char *agent = login("agent@demo.test"), *other = login("agent2@demo.test");
    const char *admin = login("admin@demo.test");
    const char *first = field(post(agent, "/agent/voice-agent/request", NULL).body, "request_id");
    const char *second = field(post(other, "/agent/voice-agent/request", "{}").body, "request_id");
    const char *approve = text("/admin/voice-agent-requests/%s/approve", first);

    struct answer once = post(admin, approve, NULL), twice = post(admin, approve, NULL);
    cr_assert_eq(once.status, 200, "%s", once.body);
    cr_expect_eq(twice.status, 200);
    cr_expect_str_eq(field(once.body, "phone_number"), field(twice.body, "phone_number"));
    cr_expect_str_eq(sql("select count(*) from voice_agents"), "1");

    const char *reject = text("/admin/voice-agent-requests/%s/reject", second);
    cr_expect_eq(post(admin, reject, "{\"reason\":\"\"}").status, 422);
    cr_expect_eq(post(admin, reject, "{\"reason\":\"not now\"}").status, 200);
    cr_expect_eq(post(admin, text("/admin/voice-agent-requests/%s/approve", second), NULL).status,
                 409);
    struct answer told = ask("GET", API, other, "/agent/voice-agent/status", NULL);
    cr_expect_str_eq(field(told.body, "rejection_reason"), "not now");
    cr_expect_eq(post(other, "/agent/voice-agent/request", NULL).status, 201);
}

Test(gateway, settings_are_merged_key_by_key)
{
    active_voice_agent();
    const char *agent = login("agent@demo.test");
    struct answer a = ask("PATCH", API, agent, "/agent/voice-agent",
                          "{\"name\":\"Sarah\",\"settings\":{\"voice_speed\":\"slow\"}}");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(field(a.body, "name"), "Sarah");
    cr_expect_str_eq(field(a.body, "settings.voice_speed"), "slow");
    cr_expect_str_eq(field(a.body, "settings.voice_gender"), "female");
    a = ask("PATCH", API, agent, "/agent/voice-agent", "{\"use_default_prompt\":false}");
    cr_expect_eq(a.status, 422);
    cr_expect_str_eq(field(a.body, "error.field"), "system_prompt");
    a = ask("PATCH", API, agent, "/agent/voice-agent", "{\"status\":\"inactive\"}");
    cr_expect_eq(a.status, 400, "what is not the agent's to set is refused");
}

Test(gateway, one_foreign_contact_stops_the_whole_batch)
{
    active_voice_agent();
    const char *agent = login("agent@demo.test");
    sql("insert into contacts (id, real_estate_agent_id, name, phone_number) select 'theirs', id, "
        "'X', "
        "'+12025550177' from real_estate_agents where email = 'agent2@demo.test'");
    struct answer a =
        post(agent, "/agent/calls/batch", "{\"contact_ids\":[\"" CONTACT(1) "\",\"theirs\"]}");
    cr_expect_eq(a.status, 404, "%s", a.body);
    cr_expect_str_eq(sql("select count(*) from calls"), "0");
    cr_expect_str_eq(sql("select count(*) from batches"), "0");
}

Test(gateway, a_stop_refuses_calls_until_it_is_lifted)
{
    active_voice_agent();
    const char *agent = login("agent@demo.test"), *admin = login("admin@demo.test");
    static const char call[] = "{\"contact_id\":\"" CONTACT(2) "\"}";
    cr_expect_eq(post(admin, "/admin/dialing/stop", "{\"agent_id\":\"" AGENT_ID "\"}").status, 200);
    struct answer a = post(agent, "/agent/calls/initiate", call);
    cr_expect_eq(a.status, 503, "%s", a.body);
    cr_expect_str_eq(field(a.body, "error.code"), "dialing_stopped");
    cr_expect_eq(post(admin, "/admin/dialing/start", "{\"agent_id\":\"" AGENT_ID "\"}").status,
                 200);
    a = post(agent, "/agent/calls/initiate", call);
    cr_expect_eq(a.status, 201, "%s", a.body);
    cr_expect_eq(strncmp(field(a.body, "call_sid"), "CA", 2), 0);
}

Test(gateway, a_recording_link_cannot_be_bent)
{
    active_voice_agent();
    const char *agent = login("agent@demo.test");
    const char *id = sql(
        "insert into calls (voice_agent_id, real_estate_agent_id, twilio_call_sid, from_number, "
        "to_number, status, direction, recording_sid, recording_url) select id, "
        "real_estate_agent_id, 'CA1', '+12025550150', '+12025550151', 'completed', 'inbound', "
        "'RE1', 'http://127.0.0.1/RE1' from voice_agents returning id");
    struct answer a = ask("GET", API, agent, text("/agent/calls/%s/recording", id), NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    const char *path = strstr(field(a.body, "recording_url"), "/media/");
    cr_assert_not_null(path);
    for (const char *p = path + strlen("/media/recordings/"); *p; p++) {
        const char *bent = text("%.*s%c%s", (int)(p - path), path, *p == 'a' ? 'b' : 'a', p + 1);
        cr_expect_eq(ask("GET", API, NULL, bent, NULL).status, 403, "%s", bent);
    }
    cr_expect_str_eq(sql("select count(*) from audit_log where action = 'recording.read'"), "0");
    cr_expect_eq(ask("GET", API, NULL, path, NULL).status, 404,
                 "the sandbox has no such recording");
    cr_expect_str_eq(sql("select count(*) from audit_log where action = 'recording.read'"), "1");
}

Test(gateway, every_day_of_the_period_is_counted_in_the_agents_own_days)
{
    const char *admin = login("admin@demo.test");
    const char *path = "/admin/voice-agents/" AGENT_ID "/call-stats?period=week";
    sql("insert into call_stats_daily (real_estate_agent_id, day, total_calls, completed_calls, "
        "failed_calls, "
        "inbound_calls, total_duration_seconds, calls_by_status) select id, (now() at time zone "
        "timezone)::date - 2, "
        "5, 2, 2, 0, 90, '{\"completed\":2,\"busy\":1,\"no-answer\":1,\"ringing\":1}' from "
        "real_estate_agents "
        "where email = 'agent@demo.test'");
    struct answer a = ask("GET", API, admin, path, NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_eq(length(a.body, "calls_by_day"), 7);
    cr_expect_eq(number(a.body, "calls_by_day.4.count"), 5);
    cr_expect_eq(number(a.body, "calls_by_day.6.count"), 0);
    cr_expect_eq(number(a.body, "total_calls"), 5);
    cr_expect_eq(number(a.body, "failed_calls"), 2);
    cr_expect_eq(number(a.body, "average_duration_seconds"), 45);
    cr_expect_str_eq(field(a.body, "calls_by_day.4.date"),
                     sql("select (now() at time zone 'America/New_York')::date - 2"));
}
