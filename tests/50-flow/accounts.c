/* Accounts: made, switched off and on, their passwords, and the trail of it all. */
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

TestSuite(accounts, .init = world_up, .fini = world_down, .timeout = 90);

#define AGENT    "/admin/agents/0193a000-0000-7000-8000-000000000001"
#define PASSWORD "correct horse battery"

static struct answer admin(const char *method, const char *path, const char *body)
{
    return ask(method, API, login("admin@demo.test"), path, body);
}

static struct answer sign_in(const char *email, const char *password)
{
    return ask("POST", API, NULL, "/auth/login",
               text("{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
}

static const char *person(const char *more)
{
    return text(
        "{\"name\":\"Ana Lee\",\"company_name\":\"Lee Homes\",\"email\":\"Ana@Example.com\","
        "\"password\":\"" PASSWORD "\"%s}",
        more);
}

Test(accounts, an_agent_made_by_an_admin_signs_in)
{
    struct answer a = admin("POST", "/admin/agents",
                            person(",\"phone\":\"(415) 555-0136\",\"area_code\":\"415\""));
    cr_assert_eq(a.status, 201, "%s", a.body);
    cr_expect_str_eq(field(a.body, "email"), "ana@example.com");
    cr_expect_str_eq(field(a.body, "timezone"), "America/Los_Angeles");
    cr_expect_null(strstr(a.body, "argon2"));
    cr_expect_str_eq(sql("select phone from real_estate_agents where email = 'ana@example.com'"),
                     "+14155550136");
    a = sign_in("ANA@example.com", PASSWORD);
    cr_expect_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(field(a.body, "role"), "agent");
    a = admin("GET", "/admin/agents?q=lee%20homes&page_size=1", NULL);
    cr_expect_eq(number(a.body, "total"), 1);
    cr_expect_str_eq(field(a.body, "items.0.name"), "Ana Lee");
    cr_expect_str_eq(sql("select actor_kind from audit_log where action = 'agent.create'"),
                     "admin");
}

Test(accounts, what_an_agent_cannot_be_made_of_is_refused_by_name)
{
    static const struct {
        const char *more, *field;
    } wrong[] = {
        {",\"phone\":\"911\"", "phone"},
        {",\"country\":\"ZZ\"", "country"},
        {",\"timezone\":\"Mars/Base\"", "timezone"},
        {",\"area_code\":\"4a5\"", "area_code"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct answer a = admin("POST", "/admin/agents", person(wrong[i].more));
        cr_expect_eq(a.status, 422, "%s", a.body);
        cr_expect_str_eq(field(a.body, "error.field"), wrong[i].field);
    }
    struct answer a = admin("POST", "/admin/agents",
                            "{\"name\":\"A\",\"company_name\":\"\",\"email\":\"a@b.test\","
                            "\"password\":\"too short\"}");
    cr_expect_eq(a.status, 422);
    cr_expect_str_eq(field(a.body, "error.field"), "password");
    cr_expect_str_eq(sql("select count(*) from real_estate_agents"), "2");
}

Test(accounts, an_email_has_one_account)
{
    static const char *const taken[] = {"Agent@demo.test", "admin@demo.test"};
    for (int i = 0; i < 2; i++) {
        struct answer a = admin(
            "POST", "/admin/agents",
            text("{\"name\":\"A\",\"company_name\":\"\",\"email\":\"%s\",\"password\":\"" PASSWORD
                 "\"}",
                 taken[i]));
        cr_expect_eq(a.status, 409, "%s", a.body);
        cr_expect_str_eq(field(a.body, "error.code"), "duplicate_email");
        cr_expect_str_eq(field(a.body, "error.field"), "email");
    }
}

static const char *gate(void)
{
    return sql(
        "select coalesce(dial_gate(real_estate_agent_id, '+12025550101', null, '{US}'), 'open') "
        "from voice_agents");
}

Test(accounts, a_disabled_agent_is_signed_out_silent_and_calls_nobody_until_enabled)
{
    const char *line = active_voice_agent(), *token = login("agent@demo.test");
    cr_assert_eq(admin("PATCH", AGENT, "{\"disabled\":true}").status, 200);
    cr_expect_eq(ask("GET", API, token, "/auth/me", NULL).status, 401);
    cr_expect_eq(sign_in("agent@demo.test", "demo-password").status, 401);
    cr_expect_str_eq(gate(), "agent_inactive");
    const char *call = call_over(ring(line, "buyer"));
    cr_expect(strstr(call, "not available at the moment") != NULL, "%s", call);

    struct answer a = admin("GET", "/admin/agents?disabled=true", NULL);
    cr_expect_eq(number(a.body, "total"), 1, "%s", a.body);
    a = admin("PATCH", AGENT, "{\"disabled\":false,\"name\":\"Robin R.\"}");
    cr_expect_str_eq(field(a.body, "name"), "Robin R.");
    cr_expect_eq(ask("GET", API, token, "/auth/me", NULL).status, 401,
                 "the old session stays ended");
    cr_expect_eq(sign_in("agent@demo.test", "demo-password").status, 200);
    cr_expect_str_eq(gate(), "open");
    cr_expect_str_eq(sql("select string_agg(action, ' ' order by action) from audit_log where "
                         "action like 'agent.%%'"),
                     "agent.disable agent.enable agent.update");
}

Test(accounts, a_new_password_ends_all_other_sessions)
{
    static const char change[] =
        "{\"current_password\":\"demo-password\",\"new_password\":\"" PASSWORD "\"}";
    const char *here = login("agent2@demo.test");
    const char *there = field(sign_in("agent2@demo.test", "demo-password").body, "token");
    struct answer a = ask("PATCH", API, here, "/auth/me",
                          "{\"current_password\":\"wrong\",\"new_password\":\"" PASSWORD "\"}");
    cr_expect_eq(a.status, 403, "%s", a.body);
    cr_expect_str_eq(field(a.body, "error.field"), "current_password");
    a = ask("PATCH", API, here, "/auth/me", change);
    cr_expect_eq(a.status, 200, "%s", a.body);
    cr_expect_eq(ask("GET", API, here, "/auth/me", NULL).status, 200);
    cr_expect_eq(ask("GET", API, there, "/auth/me", NULL).status, 401);
    cr_expect_eq(sign_in("agent2@demo.test", "demo-password").status, 401);
    cr_expect_eq(sign_in("agent2@demo.test", PASSWORD).status, 200);
}

Test(accounts, the_trail_is_read_page_by_page)
{
    for (int i = 0; i < 5; i++)
        admin("PATCH", AGENT, text("{\"company_name\":\"C%d\"}", i));
    struct answer a = admin("GET", "/admin/audit?action=agent.update&page_size=3", NULL);
    cr_expect_eq(length(a.body, "items"), 3, "%s", a.body);
    cr_expect_str_eq(field(a.body, "items.0.actor_name"), "Ada Admin");
    const char *last = field(a.body, "items.2.id");
    a = admin("GET",
              text("/admin/audit?action=agent.update&page_size=3&cursor=%s",
                   field(a.body, "next_cursor")),
              NULL);
    cr_expect_eq(length(a.body, "items"), 2, "%s", a.body);
    cr_expect_lt(number(text("{\"n\":%s}", field(a.body, "items.0.id")), "n"),
                 number(text("{\"n\":%s}", last), "n"));
    cr_expect_null(field(a.body, "next_cursor"));
    cr_expect_eq(length(admin("GET", "/admin/audit?actor=nobody", NULL).body, "items"), 0);
    cr_expect_eq(admin("GET", "/admin/audit?cursor=x", NULL).status, 400);
}

/* Its exit status; the password comes by stdin. */
static int va_user(const char *arguments, const char *password)
{
    const char *server = getenv("TEST_DATABASE_URL");
    const char *url = text("%.*s/%s", (int)(strrchr(server, '/') - server), server,
                           sql("select current_database()"));
    const char *command =
        text("printf '%%s\\n' '%s' | DATABASE_URL='%s' " VA_BIN "/va-user %s >/dev/null 2>&1",
             password, url, arguments);
    return WEXITSTATUS(system(command));
}

Test(accounts, the_command_line_makes_the_first_admin_and_opens_what_was_forgotten)
{
    cr_expect_eq(va_user("add --admin --email boss@example.com --name Boss", "too short"), 64);
    cr_expect_eq(va_user("add --email boss@example.com --name Boss", PASSWORD), 64);
    cr_expect_eq(va_user("add --admin --email boss@example.com --name Boss", PASSWORD), 0);
    cr_expect_eq(va_user("add --agent --email Boss@example.com --name Boss", PASSWORD), 1,
                 "the e-mail is taken");
    struct answer a = sign_in("boss@example.com", PASSWORD);
    cr_expect_str_eq(field(a.body, "role"), "admin");
    cr_expect_eq(va_user("password --email boss@example.com", "another password"), 0);
    cr_expect_eq(ask("GET", API, field(a.body, "token"), "/auth/me", NULL).status, 401);
    cr_expect_eq(sign_in("boss@example.com", "another password").status, 200);
}

Test(accounts, the_prompt_is_shown_as_the_model_gets_it)
{
    active_voice_agent();
    const char *agent = login("agent@demo.test");
    struct answer a = ask("GET", API, agent, "/agent/voice-agent/prompt", NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(field(a.body, "source"), "professional");
    cr_expect(strstr(a.body, "assistant for Robin Reyes at Harbour & Hill Realty") != NULL, "%s",
              a.body);
    ask("PATCH", API, agent, "/agent/voice-agent",
        "{\"settings\":{\"prompt_template\":\"specialist\"}}");
    a = ask("GET", API, agent, "/agent/voice-agent/prompt", NULL);
    cr_expect(strstr(a.body, "specializing in property listings") != NULL, "%s", a.body);
    a = ask("PATCH", API, agent, "/agent/voice-agent",
            "{\"name\":\"Sarah\",\"use_default_prompt\":false,\"system_prompt\":\"I am "
            "{voice_agent}. {x}\"}");
    cr_expect_eq(a.status, 200, "%s", a.body);
    a = ask("GET", API, agent, "/agent/voice-agent/prompt", NULL);
    cr_expect_str_eq(field(a.body, "source"), "custom");
    cr_expect(strstr(a.body, "I am Sarah. {x}") != NULL, "%s", a.body);
}
