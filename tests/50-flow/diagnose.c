/* What the system says of itself: the diagnosis, what is going on, dead letters for admins, the voice to hear. */
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(diagnose, .init = world_up, .fini = world_down, .timeout = 120);

static struct answer admin(const char *method, const char *path)
{
    return ask(method, API, login("admin@demo.test"), path, NULL);
}

static struct answer diagnosis(void)
{
    struct answer a = admin("GET", "/admin/diagnose");
    cr_assert_eq(a.status, 200, "%s", a.body);
    return a;
}

/* The member of the first finding with this name that is in that state; state NULL: any. */
static const char *finding(const struct answer *a, const char *name, const char *state,
                           const char *member)
{
    for (int i = 0; i < length(a->body, "items"); i++) {
        bool meant = strcmp(field(a->body, text("items.%d.name", i)), name) == 0;
        const char *is = field(a->body, text("items.%d.state", i));
        if (meant && (!state || strcmp(is, state) == 0))
            return field(a->body, text("items.%d.%s", i, member));
    }
    return NULL;
}

static const char *state_of(const struct answer *a, const char *name)
{
    const char *state = finding(a, name, NULL, "state");
    return state ? state : "absent";
}

static void fault(const char *json)
{
    struct answer a = ask("POST", TELEPHONE, NULL, "/sandbox/faults", json);
    cr_assert_lt(a.status, 300, "%s", a.body);
}

Test(diagnose, a_system_that_is_well_is_said_to_be)
{
    static const char *const names[] = {
        "public_url", "signature",    "twilio",   "twilio_clock",   "numbers",     "ai_llm",
        "ai_stt",     "ai_tts",       "database", "database_clock", "schema",      "broker",
        "services",   "dead_letters", "outbox",   "dialing",        "media_socket"};
    active_voice_agent();
    struct answer a = diagnosis();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], "database") != 0) /* how quickly it answers is this machine's matter */
            cr_expect_str_eq(state_of(&a, names[i]), "ok", "%s: %s", names[i], a.body);
    cr_expect(!strstr(a.body, "\"fail\""), "%s", a.body);
    cr_expect(!strstr(a.body, AUTH_TOKEN));
}

Test(diagnose, what_is_wrong_outside_is_found_with_its_remedy)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"twilio.accounts.fetch\",\"kind\":\"status\",\"status\":401,\"times\":0}");
    fault("{\"api\":\"openai.chat\",\"kind\":\"status\",\"status\":401,\"times\":0,"
          "\"body\":\"{\\\"error\\\":{\\\"code\\\":\\\"invalid_api_key\\\",\\\"message\\\":"
          "\\\"x\\\"}}\"}");
    ask("POST", TELEPHONE, NULL, "/sandbox/numbers",
        text("{\"phone_number\":\"%s\",\"voice_url\":\"http://192.0.2.1/x\"}", line));
    struct answer a = diagnosis();
    cr_expect_str_eq(state_of(&a, "twilio"), "fail");
    cr_expect(strstr(finding(&a, "twilio", "fail", "remedy"), "TWILIO_AUTH_TOKEN") != NULL);
    cr_expect_str_eq(state_of(&a, "ai_llm"), "fail");
    cr_expect(strstr(finding(&a, "ai_llm", "fail", "remedy"), "LLM_API_KEY") != NULL, "%s", a.body);
    cr_expect_str_eq(state_of(&a, "ai_tts"), "ok");
    cr_assert_not_null(finding(&a, "number", "fail", "found"), "%s", a.body);
    cr_expect(strstr(finding(&a, "number", "fail", "found"), "voice_url") != NULL);
}

Test(diagnose, a_service_that_is_gone_and_a_token_that_differs_are_noticed)
{
    world_stop(STATS);
    world_stop(INGESTOR);
    world_set("TWILIO_AUTH_TOKEN", "another-token-than-the-gateway-has");
    world_start(INGESTOR);
    struct answer a = diagnosis();
    cr_expect_str_eq(state_of(&a, "signature"), "fail");
    cr_expect(strstr(finding(&a, "signature", "fail", "remedy"), "TWILIO_AUTH_TOKEN") != NULL);
    cr_assert_not_null(finding(&a, "service", "fail", "found"), "%s", a.body);
    cr_expect(strstr(finding(&a, "service", "fail", "found"), "stats-aggregator") != NULL);
    cr_expect(strstr(finding(&a, "queue", "fail", "found"), "stats.call") != NULL, "%s", a.body);
    world_set("TWILIO_AUTH_TOKEN", AUTH_TOKEN);
    world_start(STATS);
}

Test(diagnose, a_media_socket_that_is_not_there_or_takes_another_token_is_told)
{
    world_stop(PIPELINE);
    struct answer a = diagnosis();
    cr_expect(strstr(finding(&a, "media_socket", "fail", "found"), "does not answer"), "%s",
              a.body);
    world_set("TWILIO_AUTH_TOKEN", "another-token-than-the-gateway-has");
    world_start(PIPELINE);
    a = diagnosis();
    cr_expect(strstr(finding(&a, "media_socket", "fail", "remedy"), "TWILIO_AUTH_TOKEN"), "%s",
              a.body);
    world_set("TWILIO_AUTH_TOKEN", AUTH_TOKEN);
}

Test(diagnose, nobody_answering_at_the_public_url_is_told)
{
    world_stop(INGESTOR);
    struct answer a = diagnosis();
    cr_expect_str_eq(state_of(&a, "public_url"), "fail", "%s", a.body);
    cr_expect_str_eq(state_of(&a, "signature"), "absent");
    world_start(INGESTOR);
}

Test(diagnose, an_agent_hears_what_concerns_him)
{
    struct answer a = ask("GET", API, login("agent@demo.test"), "/agent/diagnose", NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(state_of(&a, "voice_agent"), "fail");
    cr_expect_str_eq(state_of(&a, "assistant"), "ok");
    active_voice_agent();
    ask("POST", API, login("agent@demo.test"), "/agent/dialing/stop", "{\"reason\":\"holidays\"}");
    a = ask("GET", API, login("agent@demo.test"), "/agent/diagnose", NULL);
    cr_expect_str_eq(state_of(&a, "voice_agent"), "ok", "%s", a.body);
    cr_expect_str_eq(state_of(&a, "numbers"), "ok");
    cr_expect_str_eq(state_of(&a, "dialing"), "warn");
    cr_expect_str_eq(state_of(&a, "database"), "absent");
    a = ask("GET", API, login("agent@demo.test"), "/agent/dialing", NULL);
    cr_expect_str_eq(field(a.body, "by"), "agent");
    cr_expect_str_eq(field(a.body, "reason"), "holidays");
    a = admin("GET", "/admin/dialing");
    cr_expect_str_eq(field(a.body, "items.0.by"), "agent", "%s", a.body);
    cr_expect_eq(length(a.body, "items"), 1);
}

/* ---- what is going on ---- */

static bool all_five_seen(void)
{
    static const enum process five[] = {GATEWAY, INGESTOR, PIPELINE, DIALER, STATS};
    struct answer a = admin("GET", "/admin/system");
    for (size_t i = 0; i < sizeof five / sizeof *five; i++)
        if (!strstr(a.body, text("\"service\":\"%s\"", world_name(five[i]))))
            return false;
    return true;
}

Test(diagnose, the_system_names_its_processes_queues_and_servers)
{
    EVENTUALLY(all_five_seen());
    struct answer a = admin("GET", "/admin/system");
    cr_expect_str_eq(field(a.body, "broker"), "true");
    cr_expect_eq(length(a.body, "services"), 5, "%s", a.body);
    cr_expect_eq(length(a.body, "providers"), 3);
    for (int i = 0; i < length(a.body, "queues"); i++) {
        const char *name = field(a.body, text("queues.%d.name", i));
        bool ours = strncmp(name, "va.", 3) != 0;
        cr_expect_eq(number(a.body, text("queues.%d.consumers", i)), ours ? 1 : 0, "%s", name);
    }
    fault("{\"api\":\"openai.speech\",\"kind\":\"status\",\"status\":401,\"times\":0}");
    active_voice_agent();
    ask("GET", API, login("agent@demo.test"), "/agent/voice-agent/sample", NULL);
    EVENTUALLY(strstr(admin("GET", "/admin/system").body, "\"open\":true") != NULL);
}

/* ---- dead letters ---- */

static void put(const char *id)
{
    sql("insert into outbox (id, exchange, routing_key, type, body) values "
        "('%s', 'va.cmd', 'number.provision', 'number.provision', '{\"no\": 1}')",
        id);
}

static long dead(void)
{
    return number(admin("GET", "/admin/dead-letters").body, "total");
}

Test(diagnose, an_admin_sees_dead_letters_in_their_order_sends_one_back_and_drops_one)
{
    put("poison-1");
    EVENTUALLY(dead() == 1);
    put("poison-2");
    EVENTUALLY(dead() == 2);
    struct answer a = admin("GET", "/admin/dead-letters");
    cr_expect_eq(length(a.body, "items"), 2);
    cr_expect_str_eq(field(a.body, "items.0.id"), "poison-1", "looking changes no order: %s",
                     a.body);
    cr_expect_str_eq(field(a.body, "items.0.queue"), "number.provision");
    cr_expect(strstr(field(a.body, "items.0.reason"), "INVALID") != NULL, "%s", a.body);
    cr_expect(!strstr(a.body, "\\\"no\\\": 1"), "what is in it is not shown");

    cr_expect_eq(admin("POST", "/admin/dead-letters/poison-1/drop").status, 200);
    EVENTUALLY(dead() == 1);
    cr_expect_eq(admin("POST", "/admin/dead-letters/poison-1/drop").status, 404);
    a = admin("POST", "/admin/dead-letters/poison-2/replay");
    cr_expect_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(field(a.body, "queue"), "number.provision");
    EVENTUALLY(dead() == 1); /* its cause is still there */
    cr_expect_str_eq(sql("select string_agg(action || ' ' || object_id || ' ' || actor_kind, ',' "
                         "order by id) from audit_log where object_kind = 'message'"),
                     "dead.drop poison-1 admin,dead.replay poison-2 admin");
}

/* ---- the ledger of a call, and the account ---- */

Test(diagnose, an_agent_reads_what_the_network_has_said_of_a_call)
{
    const char *sid = ring(active_voice_agent(), "buyer");
    call_over(sid);
    EVENTUALLY(
        *sql("select 1 from calls where twilio_call_sid = '%s' and status = 'completed'", sid));
    const char *id = sql("select id from calls where twilio_call_sid = '%s'", sid);
    struct answer a =
        ask("GET", API, login("agent@demo.test"), text("/agent/calls/%s/events", id), NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_gt(length(a.body, "items"), 0);
    cr_expect_str_eq(field(a.body, "items.0.params.CallSid"), sid, "%s", a.body);
    a = ask("GET", API, login("agent2@demo.test"), text("/agent/calls/%s/events", id), NULL);
    cr_expect_eq(a.status, 404);
}

Test(diagnose, an_agents_session_says_where_he_is)
{
    struct answer a = ask("GET", API, login("agent@demo.test"), "/auth/me", NULL);
    cr_expect_str_eq(
        field(a.body, "timezone"),
        sql("select timezone from real_estate_agents where email = 'agent@demo.test'"));
    a = ask("GET", API, login("admin@demo.test"), "/auth/me", NULL);
    cr_expect_null(field(a.body, "timezone"));
}

/* ---- samples ---- */

static struct answer hear(const char *query)
{
    return ask("GET", API, login("agent@demo.test"), text("/agent/voice-agent/sample%s", query),
               NULL);
}

static long spoken(void)
{
    return length(ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=openai.speech", NULL).body,
                  "entries");
}

Test(diagnose, a_sample_is_the_greeting_in_the_voice_that_is_asked_for_and_made_once)
{
    cr_expect_eq(hear("").status, 404, "there is no voice agent yet");
    active_voice_agent();
    struct answer a = hear("?gender=male&speed=slow");
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_str_eq(a.type, "audio/wav");
    cr_expect(a.n > 8000 && memcmp(a.body, "RIFF", 4) == 0, "%zu bytes", a.n);
    long made = spoken();
    struct answer again = hear("?gender=male&speed=slow");
    cr_expect(again.n == a.n && memcmp(again.body, a.body, a.n) == 0);
    cr_expect_eq(spoken(), made);
    cr_expect(hear("?text=No.").n < a.n, "other words are another sound");
    cr_expect_eq(hear("?language=xx").status, 400);
    cr_expect_str_eq(field(hear("?gender=robot").body, "error.field"), "gender");
}

Test(diagnose, samples_are_limited)
{
    active_voice_agent();
    int limited = 0;
    for (int i = 0; i < 30 && !limited; i++)
        limited = hear("").status == 429;
    cr_expect(limited);
}
