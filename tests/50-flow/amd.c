/* A machine answers a call that we placed. */
#include "truth.h"
#include <criterion/criterion.h>
#include <string.h>

#define MESSAGE "Hello, this is Ana about the house. Please call back."

TestSuite(amd, .init = world_up, .fini = world_down, .timeout = 90);

static const char *number_called(void)
{
    return sql("select phone_number from contacts where name = 'Alice Moreau'");
}

/* The call to somebody, once it is over, as the telephone network has it. */
static const char *called(const char *script, const char *settings)
{
    active_voice_agent();
    const char *agent = login("agent@demo.test");
    struct answer a = ask("PATCH", API, agent, "/agent/voice-agent", settings);
    cr_assert_eq(a.status, 200, "%d %s", a.status, a.body);
    callee(number_called(), script);
    a = ask("POST", API, agent, "/agent/calls/initiate",
            text("{\"phone_number\":\"%s\"}", number_called()));
    cr_assert_eq(a.status, 201, "%d %s", a.status, a.body);
    const char *call = call_over(field(a.body, "call_sid"));
    ended_call(field(a.body, "call_id"));
    cr_expect_eq(bad_documents(call), 0, "%s", call);
    return call;
}

/* The last thing that was said to the mailbox; "" when that was before the beep, and is lost. */
static const char *left_in(const char *call)
{
    int last = length(call, "transcript") - 1;
    cr_expect_geq(number(call, "beep_ms"), 0, "%s", call);
    if (number(call, text("transcript.%d.at_ms", last)) < number(call, "beep_ms"))
        return "";
    return field(call, text("transcript.%d.text", last));
}

static void expect_no_conversation(void)
{
    cr_expect_str_eq(sql("select count(*) from call_turns where role = 'caller'"), "0");
    cr_expect_str_eq(sql("select answered_by from calls"), "machine_end_beep");
}

Test(amd, a_mailbox_is_hung_up_on)
{
    const char *call = called("mailbox", "{\"settings\":{\"voicemail\":\"hang_up\"}}");
    cr_expect_str_neq(left_in(call), MESSAGE, "%s", call);
    cr_expect_str_eq(sql("select status || ' ' || end_reason from calls"), "completed voicemail");
    expect_no_conversation();
}

Test(amd, a_message_is_left_after_the_beep)
{
    const char *call = called("mailbox", "{\"settings\":{\"voicemail\":\"leave_message\","
                                         "\"voicemail_message\":\"" MESSAGE "\"}}");
    cr_expect_str_eq(left_in(call), MESSAGE, "%s", call);
    cr_expect_str_eq(sql("select status || ' ' || end_reason from calls"),
                     "completed voicemail_left");
    expect_no_conversation();
}

Test(amd, a_person_is_talked_to)
{
    const char *call = called("lead", "{\"settings\":{\"voicemail\":\"hang_up\"}}");
    cr_expect_geq(lines_of(call, "caller"), 4, "%s", call);
    cr_expect_str_eq(sql("select answered_by from calls"), "human");
}
