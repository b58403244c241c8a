/* A model that hears and speaks by itself in the place of those that think and speak: the conversation is the same. */
#include "truth.h"
#include <criterion/criterion.h>
#include <string.h>

static void up(void)
{
    world_set("SUMMARY_TOKENS_MAX", "0"); /* chat is then the conversation's alone */
    world_set("TRANSCRIBE_MINUTES_MAX", "0");
    world_up();
    world_set("REALTIME_URL", text("ws://127.0.0.1:%d/v1/realtime", world_port(SANDBOX)));
    world_stop(PIPELINE);
    world_start(PIPELINE);
}

TestSuite(direct, .init = up, .fini = world_down, .timeout = 240);

static void fault(const char *json)
{
    struct answer a = ask("POST", TELEPHONE, NULL, "/sandbox/faults", json);
    cr_assert(a.status == 200 || a.status == 201, "%s: %d %s", json, a.status, a.body);
}

static int asked_of(const char *api)
{
    struct answer a = ask("GET", TELEPHONE, NULL, text("/sandbox/ledger?api=%s", api), NULL);
    return length(a.body, "entries");
}

static bool was_said(const char *call, const char *words)
{
    for (int i = 0; i < length(call, "transcript"); i++)
        if (strcmp(field(call, text("transcript.%d.who", i)), "agent") == 0 &&
            strstr(field(call, text("transcript.%d.text", i)), words))
            return true;
    return false;
}

static const char *good_call(const char *script)
{
    const char *sid = ring(streaming_voice_agent(), script), *call = call_over(sid);
    cr_expect_str_eq(field(call, "status"), "completed", "%s", call);
    cr_expect_eq(lines_of(call, "network") + length(call, "errors"), 0, "%s", call);
    return call;
}

static const char *of_turns(const char *call, const char *what)
{
    return sql("select %s from call_turns t join calls c on c.id = t.call_id where "
               "c.twilio_call_sid = '%s'",
               what, field(call, "sid"));
}

#define ASKS "{\"say\":[\"Do you have a house with three bedrooms?\",\"Thank you, goodbye.\"]}"

Test(direct, answers_by_itself_with_our_tools_and_what_it_said_is_stored)
{
    const char *call = good_call(ASKS);
    cr_expect(was_said(call, "bedroom"), "%s", call);
    cr_expect_eq(asked_of("openai.realtime"), 1);
    cr_expect_eq(asked_of("openai.chat"), 0);
    EVENTUALLY_IN(30, *of_turns(call, "max(seq) filter (where role = 'tool' and tool ->> 'name' = "
                                      "'search_properties')"));
    EVENTUALLY_IN(30, *of_turns(call, "max(seq) filter (where role = 'agent' and heard like "
                                      "'%%bedroom%%' and not interrupted)"));
}

Test(direct, what_callers_may_command_is_obeyed_without_it)
{
    const char *call = good_call("{\"say\":[\"Stop calling me.\"]}");
    cr_expect_eq(asked_of("openai.chat"), 0);
    EVENTUALLY_IN(30, *sql("select 1 from suppressions"));
    EVENTUALLY_IN(30, *of_turns(call, "max(seq) filter (where tool ->> 'name' = 'opt_out')"));
}

Test(direct, is_cut_where_the_caller_talks_over_it)
{
    const char *call = good_call("{\"say\":[\"Do you have a house with three bedrooms?\","
                                 "{\"text\":\"Wait, how much is it?\",\"interrupt_ms\":900},"
                                 "\"Thank you, goodbye.\"]}");
    cr_expect_eq(asked_of("openai.chat"), 0);
    EVENTUALLY_IN(30, *of_turns(call, "max(seq) filter (where role = 'agent' and interrupted and "
                                      "length(heard) < length(text) and heard <> '')"));
}

Test(direct, that_cannot_be_had_leaves_the_call_to_the_others)
{
    fault("{\"api\":\"openai.realtime\",\"kind\":\"status\",\"status\":503,\"times\":0}");
    const char *call = good_call(ASKS);
    cr_expect(was_said(call, "bedroom"), "%s", call);
    cr_expect_gt(asked_of("openai.chat"), 0);
    EVENTUALLY_IN(30, *of_turns(call, "max(seq) filter (where 'direct' = any (degraded))"));
}

Test(direct, that_fails_amid_a_call_is_answered_for_by_the_others)
{
    fault("{\"api\":\"openai.realtime.response\",\"kind\":\"status\",\"status\":500,\"times\":1}");
    const char *call = good_call(ASKS);
    cr_expect(was_said(call, "bedroom"), "%s", call);
}
