/* Dead letters: a person sees why, and sends them back when the cause is mended. */
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void up(void)
{
    world_set("RECONCILE_AFTER_S", "300"); /* the sandbox does not know the calls of these tests */
    world_up();
}

TestSuite(dead, .init = up, .fini = world_down, .timeout = 90);

struct said {
    int status;
    const char *out; /* both streams */
};

static struct said va_dead(const char *arguments)
{
    char out[16384];
    const char *command =
        text("AMQP_URL='%s' AMQP_PREFIX=world%d. DATABASE_URL='%s' " VA_BIN "/va-dead %s 2>&1",
             getenv("TEST_AMQP_URL"), getpid(), world_database(), arguments);
    FILE *f = popen(command, "r");
    cr_assert_not_null(f);
    size_t n = fread(out, 1, sizeof out - 1, f);
    out[n] = 0;
    struct said said = {.out = text("%s", out)};
    said.status = WEXITSTATUS(pclose(f));
    return said;
}

static bool lists(const char *word)
{
    return strstr(va_dead("list").out, word) != NULL;
}

/* The word before this one's line ends: the id it begins with. */
static const char *id_in_list(const char *word)
{
    struct said said = va_dead("list");
    char *at = strstr(said.out, word);
    cr_assert_not_null(at, "%s", said.out);
    while (at > said.out && at[-1] != '\n')
        at--;
    return text("%.*s", (int)strcspn(at, " "), at);
}

#define SID "CA00000000000000000000000000000077"

static void call_ended(void)
{
    const char *line = escaped(active_voice_agent());
    const char *form = text("AccountSid=" ACCOUNT_SID "&CallSid=" SID "&CallStatus=completed&"
                            "Direction=inbound&From=%%2B14155550177&To=%s&CallDuration=7",
                            line);
    cr_assert_eq(post_signed("/webhooks/twilio/status", form).status, 204);
}

static const char *calls_of_it(void)
{
    return sql("select concat_ws(' ', (select count(*) from calls c where twilio_call_sid = '" SID
               "' and status = 'completed'), (select count(*) from call_events where call_sid = "
               "'" SID "'))");
}

Test(dead, a_letter_is_shown_and_sent_back_when_its_cause_is_mended_and_works_once)
{
    sql("alter table call_events rename to mislaid");
    call_ended();
    EVENTUALLY(lists("call.status"));
    const char *id = id_in_list("call.status");
    cr_expect(lists("BUG"), "the reason is there");

    struct said shown = va_dead(text("show %s", id));
    cr_expect_eq(shown.status, 0);
    cr_expect(strstr(shown.out, "x-queue: call.status") && strstr(shown.out, SID), "%s", shown.out);
    cr_expect(strstr(shown.out, "4155550177") == NULL, "%s", shown.out);
    cr_expect(strstr(va_dead(text("show %s --raw", id)).out, "+14155550177") != NULL);

    sql("alter table mislaid rename to call_events");
    cr_expect_str_eq(calls_of_it(), "0 0");
    cr_expect_eq(va_dead(text("replay %s", id)).status, 0);
    EVENTUALLY(strcmp(calls_of_it(), "1 1") == 0);
    cr_expect(!lists(id));
    cr_expect_str_eq(
        sql("select action || ' ' || (object_id = '%s') from audit_log where object_kind = "
            "'message'",
            id),
        "dead.replay true");
}

static void call_ended_after(int n, int seconds)
{
    const char *form =
        text("AccountSid=" ACCOUNT_SID "&CallSid=CA%032d&CallStatus=completed&"
             "Direction=inbound&From=%%2B1415555017%d&To=%s&CallDuration=%d",
             n, n,
             escaped(sql("select phone_number from phone_numbers p join voice_agents v "
                         "on v.phone_number_id = p.id")),
             seconds);
    cr_assert_eq(post_signed("/webhooks/twilio/status", form).status, 204);
}

Test(dead, a_bad_callback_among_good_ones_dies_alone_and_says_why)
{
    active_voice_agent();
    sql("alter table calls add constraint short check (duration_seconds < 4000)");
    world_stop(DIALER); /* so all of them arrive at once */
    for (int n = 0; n < 6; n++)
        call_ended_after(n, n == 3 ? 4000 : 7);
    world_start(DIALER);
    EVENTUALLY(lists("call.status"));
    EVENTUALLY_IN(30, !strcmp(sql("select count(*) from calls where status = 'completed'"), "5"));
    cr_expect(lists("UNPROCESSABLE"), "%s", va_dead("list").out);
    struct said said = va_dead("list");
    const char *first = strstr(said.out, "call.status");
    cr_expect(first && !strstr(strchr(first, '\n'), "call.status"), "the others have not: %s",
              said.out);
}

static void put(const char *id, const char *body)
{
    sql("insert into outbox (id, exchange, routing_key, type, body) values "
        "('%s', 'va.cmd', 'number.provision', 'number.provision', '%s')",
        id, body);
}

Test(dead, what_is_dropped_is_gone_and_the_others_stay)
{
    put("poison-1", "{\"no\": 1}");
    put("poison-2", "{\"no\": 2}");
    EVENTUALLY(lists("poison-1") && lists("poison-2"));
    cr_expect_eq(va_dead("drop poison-1").status, 64, "without --yes");
    cr_expect_eq(va_dead("drop nobody --yes").status, 1);
    cr_expect_eq(va_dead("drop poison-1 --yes").status, 0);
    cr_expect(!lists("poison-1"));
    cr_expect(lists("poison-2"));
    cr_expect_str_eq(sql("select actor_kind || ' ' || action from audit_log where object_id = "
                         "'poison-1'"),
                     "operator dead.drop");
}

Test(dead, what_is_still_wrong_comes_back_and_replaying_all_ends)
{
    put("poison-1", "{\"no\": 1}");
    put("poison-2", "{\"no\": 2}");
    EVENTUALLY(lists("poison-1") && lists("poison-2"));
    struct said said = va_dead("replay --all");
    cr_expect_eq(said.status, 0, "%s", said.out);
    EVENTUALLY(lists("poison-1") && lists("poison-2"));
}

Test(dead, a_wrong_command_line_changes_nothing)
{
    static const char *const wrong[] = {"",           "burn",       "list x",
                                        "show",       "replay",     "replay x --all",
                                        "drop --yes", "drop --all", "show x --loud"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(va_dead(wrong[i]).status, 64, "%s", wrong[i]);
    cr_expect_eq(va_dead("show nobody").status, 1);
    cr_expect_eq(va_dead("replay --all").status, 0, "there is none");
}
