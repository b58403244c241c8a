/* The setup of a voice agent: what fails is told and tried again, what died goes on, nothing is bought twice. */
#include "world.h"
#include <criterion/criterion.h>
#include <string.h>

/* Two tries, one second apart. */
static void hasty_world(void)
{
    world_set("SETUP_RETRY_S", "1");
    world_set("SETUP_TRIES", "2");
    world_set("NUMBER_CHECK_S", "1");
    world_up();
}

TestSuite(approval, .init = hasty_world, .fini = world_down, .timeout = 120);

#define AGENT "/admin/agents/0193a000-0000-7000-8000-000000000001"

static struct answer admin(const char *method, const char *path, const char *body)
{
    return ask(method, API, login("admin@demo.test"), path, body);
}

/* The path of a request that was approved; without waiting for what comes of it. */
static const char *approved(void)
{
    struct answer a =
        ask("POST", API, login("agent@demo.test"), "/agent/voice-agent/request", "{}");
    cr_assert_eq(a.status, 201, "%s", a.body);
    const char *path = text("/admin/voice-agent-requests/%s", field(a.body, "request_id"));
    a = admin("POST", text("%s/approve", path), "{}");
    cr_assert(a.status == 200 || a.status == 202, "approve: %d %s", a.status, a.body);
    return path;
}

static void fault(const char *json)
{
    struct answer a = ask("POST", TELEPHONE, NULL, "/sandbox/faults", json);
    cr_assert_lt(a.status, 300, "%s", a.body);
}

static void no_more_faults(void)
{
    ask("DELETE", TELEPHONE, NULL, "/sandbox/faults", NULL);
}

static const char *owned(void)
{
    return ask("GET", TELEPHONE, NULL, "/sandbox/numbers", NULL).body;
}

static const char *setup_state(const char *request)
{
    return field(admin("GET", request, NULL).body, "setup.state");
}

static void expect_one_active_number(void)
{
    EVENTUALLY(strcmp(sql("select status from voice_agents"), "active") == 0);
    cr_expect_eq(length(owned(), "numbers"), 1, "%s", owned());
    cr_expect_str_eq(sql("select phone_number from phone_numbers"),
                     field(owned(), "numbers.0.phone_number"));
    cr_expect_str_eq(field(owned(), "numbers.0.voice_url"),
                     url_of(HOOKS, "/webhooks/twilio/voice"));
    cr_expect_str_eq(
        sql("select status from phone_numbers where wired_at is not null and wanted_by is null"),
        "assigned");
}

Test(approval, a_setup_without_numbers_says_so_gives_up_and_succeeds_at_an_admins_retry)
{
    fault("{\"api\":\"twilio.numbers.available\",\"kind\":\"status\",\"status\":200,\"times\":0,"
          "\"body\":\"{\\\"available_phone_numbers\\\":[]}\"}");
    const char *request = approved();
    EVENTUALLY(strcmp(setup_state(request), "failed") == 0);
    struct answer a = admin("GET", request, NULL);
    cr_expect_eq(number(a.body, "setup.tries"), 2);
    cr_expect_eq(length(a.body, "provisioning"), 2, "%s", a.body);
    cr_expect_str_eq(field(a.body, "provisioning.0.step"), "number");
    cr_expect_str_eq(field(a.body, "provisioning.0.state"), "failed");
    cr_expect_str_eq(field(a.body, "provisioning.0.detail"), "no number is on offer in US");
    cr_expect_str_eq(field(a.body, "setup.reason"),
                     "no number is on offer in US; given up after 2 tries");

    no_more_faults();
    a = admin("POST", text("%s/retry", request), NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_not_null(field(a.body, "phone_number"));
    cr_expect_str_eq(setup_state(request), "done");
    expect_one_active_number();
    cr_expect_str_eq(sql("select count(*) from audit_log where action = 'request.retry'"), "1");
}

Test(approval, a_refusal_of_twilio_is_told_with_its_code)
{
    fault("{\"api\":\"twilio.numbers.buy\",\"kind\":\"status\",\"status\":400,\"times\":0,"
          "\"body\":\"{\\\"code\\\":21649,\\\"message\\\":\\\"Bundle required\\\"}\"}");
    const char *request = approved();
    EVENTUALLY(strcmp(setup_state(request), "failed") == 0);
    const char *why = field(admin("GET", request, NULL).body, "setup.reason");
    cr_expect(strstr(why, "Bundle required (Twilio's code 21649)") != NULL, "%s", why);
    cr_expect_str_eq(sql("select count(*) from phone_numbers"), "0",
                     "what was refused is not wanted any more");
}

Test(approval, a_purchase_whose_answer_is_lost_is_found_again)
{
    fault("{\"api\":\"twilio.numbers.buy\",\"kind\":\"close_after_accept\"}");
    approved();
    expect_one_active_number();
}

/* The dialer kills itself at the point; another one goes on. */
static void dies_at(const char *point)
{
    world_stop(DIALER);
    world_set("VA_FAULT", text("%s=kill", point));
    world_start(DIALER);
    approved();
    world_await_death(DIALER);
    world_set("VA_FAULT", "");
    world_start(DIALER);
    expect_one_active_number();
}

Test(approval, a_dialer_that_dies_before_the_purchase_buys_once)
{
    dies_at("provision.wanted");
}

Test(approval, a_dialer_that_dies_before_it_has_noted_the_purchase_buys_once)
{
    dies_at("provision.bought");
}

Test(approval, a_dialer_that_dies_before_it_has_noted_the_wiring_finishes_it)
{
    dies_at("provision.wired");
}

Test(approval, a_purchase_that_nobody_asks_about_any_more_ends_in_the_pool)
{
    fault("{\"api\":\"twilio.numbers.buy\",\"kind\":\"close_after_accept\"}");
    fault("{\"api\":\"twilio.numbers.list\",\"kind\":\"status\",\"status\":500,\"times\":0}");
    const char *request = approved();
    EVENTUALLY(strcmp(setup_state(request), "failed") == 0);
    cr_expect_str_eq(sql("select status from phone_numbers"), "buying");
    sql("update phone_numbers set updated_at = now() - interval '1 hour'");
    no_more_faults();
    EVENTUALLY(strcmp(sql("select status from phone_numbers"), "available") == 0);
    cr_expect_eq(admin("POST", text("%s/retry", request), NULL).status, 200);
    expect_one_active_number();
}

Test(approval, a_number_of_the_pool_that_is_not_ours_is_set_aside_and_the_next_one_taken)
{
    cr_assert_eq(
        admin("POST", "/admin/phone-numbers", "{\"phone_number\":\"+12025550143\"}").status, 201);
    approved();
    EVENTUALLY(strcmp(sql("select status from voice_agents"), "active") == 0);
    cr_expect_str_eq(sql("select status from phone_numbers where phone_number = '+12025550143'"),
                     "released");
    cr_expect_eq(length(owned(), "numbers"), 1);
}

Test(approval, disabling_the_agent_in_mid_setup_returns_the_number_and_enabling_takes_it_again)
{
    fault("{\"api\":\"twilio.numbers.update\",\"kind\":\"status\",\"times\":0}");
    const char *request = approved();
    EVENTUALLY(
        *sql("select 1 from provisioning_steps where step = 'webhooks' and state = 'failed'"));
    sql("update phone_numbers set wired_at = now()"); /* as if the wiring had gone through */
    no_more_faults();
    cr_assert_eq(admin("PATCH", AGENT, "{\"disabled\":true}").status, 200);
    EVENTUALLY(strcmp(sql("select status from phone_numbers"), "available") == 0);
    cr_expect_str_eq(sql("select count(phone_number_id) from voice_agents"), "0");
    cr_expect_null(field(owned(), "numbers.0.voice_url"));
    cr_expect_str_eq(setup_state(request), "stopped");

    cr_assert_eq(admin("PATCH", AGENT, "{\"disabled\":false}").status, 200);
    expect_one_active_number();
}

Test(approval, a_number_whose_voice_agent_is_gone_goes_back_to_the_pool)
{
    active_voice_agent();
    sql("delete from voice_agents");
    sql("update phone_numbers set updated_at = now() - interval '1 hour'");
    EVENTUALLY(strcmp(sql("select status from phone_numbers"), "available") == 0);
    cr_expect_null(field(owned(), "numbers.0.voice_url"));
}

static bool drift_counted(const char *what)
{
    const char *wanted = text("va_number_drift_total{what=\"%s\"} 1", what);
    return strstr(ask("GET", OPS + DIALER, NULL, "/metrics", NULL).body, wanted) != NULL;
}

Test(approval, a_number_that_was_led_elsewhere_is_led_back)
{
    const char *line = active_voice_agent();
    ask("POST", TELEPHONE, NULL, "/sandbox/numbers",
        text("{\"phone_number\":\"%s\",\"voice_url\":\"http://192.0.2.1/x\"}", line));
    EVENTUALLY(strcmp(field(owned(), "numbers.0.voice_url"),
                      url_of(HOOKS, "/webhooks/twilio/voice")) == 0);
    EVENTUALLY(drift_counted("voice_url"));

    const char *path = text("/2010-04-01/Accounts/%s/IncomingPhoneNumbers/%s.json", ACCOUNT_SID,
                            sql("select twilio_sid from phone_numbers"));
    cr_assert_eq(
        post_form(TELEPHONE, path, "VoiceApplicationSid=AP00000000000000000000000000000001", NULL)
            .status,
        200);
    EVENTUALLY(drift_counted("application"));
    EVENTUALLY(!*field(ask("GET", TELEPHONE, NULL, path, NULL).body, "voice_application_sid"));
}
