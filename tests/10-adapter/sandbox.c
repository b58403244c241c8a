/* The sandbox as a process: what it remembers when it is started again (SANDBOX_STATE). */
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ACCOUNT "/2010-04-01/Accounts/" ACCOUNT_SID
#define OWNED   ACCOUNT "/IncomingPhoneNumbers"

static const char *state;

static void up(void)
{
    world_up_empty();
    state = text("%s.json", world_log(SANDBOX));
    world_set("SANDBOX_STATE", state);
}

/* The test's folder of logs goes with it when it has passed. */
TestSuite(sandbox, .init = up, .fini = world_down, .timeout = 60);

static void restart(void)
{
    world_stop(SANDBOX);
    world_start(SANDBOX);
}

static const char *buy(const char *e164)
{
    struct answer a = post_form(
        TELEPHONE, OWNED ".json",
        text("PhoneNumber=%s&VoiceUrl=%s", escaped(e164), escaped("http://127.0.0.1:9/voice")),
        NULL);
    cr_assert_eq(a.status, 201, "buy: %d %s", a.status, a.body);
    return field(a.body, "sid");
}

static struct answer fetch(const char *sid)
{
    return ask("GET", TELEPHONE, NULL, text(OWNED "/%s.json", sid), NULL);
}

static int owned(void)
{
    return length(ask("GET", TELEPHONE, NULL, "/sandbox/numbers", NULL).body, "numbers");
}

static void write_state(const char *content)
{
    FILE *f = fopen(state, "w");
    cr_assert(f && fputs(content, f) >= 0 && fclose(f) == 0);
}

static bool logged(const char *event)
{
    static char log[1 << 16];
    FILE *f = fopen(world_log(SANDBOX), "r");
    cr_assert(f);
    log[fread(log, 1, sizeof log - 1, f)] = 0;
    fclose(f);
    return strstr(log, event) != NULL;
}

Test(sandbox, a_bought_number_keeps_its_sid_and_its_webhooks_over_a_restart)
{
    world_start(SANDBOX);
    const char *sid = buy("+14155550110");
    struct answer a =
        post_form(TELEPHONE, text(OWNED "/%s.json", sid),
                  text("StatusCallback=%s", escaped("http://127.0.0.1:9/\"status\"?a=1")), NULL);
    cr_assert_eq(a.status, 200, "update: %d %s", a.status, a.body);
    restart();
    struct answer b = fetch(sid);
    cr_assert_eq(b.status, 200, "%d %s", b.status, b.body);
    cr_expect_str_eq(b.body, a.body);
    cr_expect_str_eq(field(b.body, "phone_number"), "+14155550110");
    cr_expect_str_eq(field(b.body, "voice_url"), "http://127.0.0.1:9/voice");
    cr_assert_not_null(ring("+14155550110", "silent"));
}

Test(sandbox, every_change_of_numbers_survives_being_killed)
{
    world_start(SANDBOX);
    const char *released = buy("+14155550111");
    struct answer a =
        ask("POST", TELEPHONE, NULL, "/sandbox/numbers",
            "{\"phone_number\":\"+14155550112\",\"voice_url\":\"http://127.0.0.1:9/v\"}");
    cr_assert_eq(a.status, 201, "%d %s", a.status, a.body);
    cr_assert_eq(ask("DELETE", TELEPHONE, NULL, text(OWNED "/%s.json", released), NULL).status,
                 204);
    world_kill(SANDBOX);
    world_start(SANDBOX);
    cr_expect_eq(owned(), 1);
    cr_expect_eq(fetch(released).status, 404);
    cr_expect_str_eq(field(fetch(field(a.body, "sid")).body, "voice_url"), "http://127.0.0.1:9/v");
}

Test(sandbox, a_reset_is_a_change_too)
{
    world_start(SANDBOX);
    buy("+14155550113");
    cr_assert_eq(ask("POST", TELEPHONE, NULL, "/sandbox/reset", "{}").status, 200);
    cr_expect_eq(owned(), 0);
    restart();
    cr_expect_eq(owned(), 0);
}

Test(sandbox, without_a_state_file_a_restart_forgets)
{
    world_set("SANDBOX_STATE", "");
    world_start(SANDBOX);
    buy("+14155550114");
    restart();
    cr_expect_eq(owned(), 0);
    cr_expect_eq(access(state, F_OK), -1);
}

static const char *const broken[] = {
    "",
    "{\"numbers\":[{\"sid\":",
    "{\"numbers\":7}",
    "[]",
    "{\"numbers\":[{\"sid\":\"PN1\",\"phone_number\":\"+14155550115\"}]}",
    "{\"numbers\":[{\"sid\":\"PN00000000000000000000000000000001\",\"phone_number\":7}]}",
    "{\"numbers\":[{\"sid\":\"PN00000000000000000000000000000001\",\"phone_number\":\"+"
    "14155550115\","
    "\"voice_url\":null}]}",
};

Test(sandbox, a_broken_state_file_is_told_and_set_aside)
{
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        unlink(world_log(SANDBOX));
        write_state(broken[i]);
        world_start(SANDBOX);
        cr_expect(logged("state.broken"), "not told: %s", broken[i]);
        cr_expect_eq(owned(), 0, "taken: %s", broken[i]);
        cr_expect_eq(access(text("%s.broken", state), F_OK), 0);
        unlink(text("%s.broken", state));
        world_stop(SANDBOX);
    }
}

Test(sandbox, a_state_file_that_cannot_be_written_stops_nobody)
{
    world_set("SANDBOX_STATE", "/nowhere/at/all.json");
    world_start(SANDBOX);
    const char *sid = buy("+14155550116");
    cr_expect_eq(fetch(sid).status, 200);
    cr_expect(logged("state.none_yet"));
    cr_expect(logged("state.write_failed"));
}

Test(sandbox, a_refused_purchase_buys_nothing)
{
    world_start(SANDBOX);
    struct answer a = post_form(TELEPHONE, OWNED ".json",
                                text("PhoneNumber=%s&VoiceFallbackUrl=%s", escaped("+14155550117"),
                                     escaped("http://127.0.0.1:9/f")),
                                NULL);
    cr_expect_eq(a.status, 400, "%d %s", a.status, a.body);
    cr_expect_eq(number(a.body, "code"), 21405);
    cr_expect_eq(owned(), 0);
}

Test(sandbox, a_recording_it_has_never_made_is_not_found)
{
    world_start(SANDBOX);
    static const char *const names[] = {"", ".wav", ".json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path =
            text(ACCOUNT "/Recordings/RE00000000000000000000000000000001%s", names[i]);
        struct answer a = ask("GET", TELEPHONE, NULL, path, NULL);
        cr_expect_eq(a.status, 404, "%s: %d %s", path, a.status, a.body);
        cr_expect_eq(number(a.body, "code"), 20404);
    }
}
