/* A caller is listened to as people listen: pauses, nods and coughs are no ends, and what was guessed too early never was. */
#include "streams.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(stream_ears, .init = world_up, .fini = world_down, .timeout = 300);

#define TRIES 5 /* what depends on how quick the machine is, is looked for in so many calls */

static void quick_transcription(void)
{
    ask("PUT", TELEPHONE, NULL, "/sandbox/latency",
        "{\"transcription_ms\":20,\"first_token_ms\":50}");
}

/* All of a call has been stored once our last words are. */
static void await_turns(const char *sid)
{
    EVENTUALLY_IN(60, count_of(sid, "role = 'agent' and text ilike '%%goodbye%%'") == 1 &&
                          count_of(sid, "role = 'caller' and text ilike '%%goodbye%%'") == 1);
}

#define DROPPED "va_ahead_total{end=\"dropped\"}"
#define USED    "va_ahead_total{end=\"used\"}"

Test(stream_ears, who_pauses_amid_a_sentence_is_not_cut_off_and_what_was_guessed_leaves_nothing)
{
    const char *line = streaming_voice_agent();
    quick_transcription();
    for (int i = 0; i < TRIES && !metric(PIPELINE, DROPPED); i++) {
        const char *sid = ring(
            line, "{\"say\":[{\"text\":\"Do you have a house with four bedrooms ... or rather one "
                  "with two bedrooms?\",\"pause_ms\":550},\"Goodbye.\"]}");
        good_call(sid);
        await_turns(sid);
        cr_expect_eq(count_of(sid, "role = 'caller'"), 2, "one turn and a goodbye: %s",
                     of_turns(sid, "json_agg(text order by seq)"));
        cr_expect_eq(count_of(sid, "role = 'caller' and text ilike '%%four%%two bedrooms%%'"), 1,
                     "%s", of_turns(sid, "json_agg(text order by seq)"));
        cr_expect_leq(count_of(sid, "tool ->> 'name' = 'search_properties'"), 1,
                      "what was guessed asked for nothing: %s",
                      of_turns(sid, "json_agg(t order by seq)"));
        cr_expect_eq(count_of(sid, "role = 'agent'"), 3, "greeting, answer, goodbye: %s",
                     of_turns(sid, "json_agg(text order by seq)"));
    }
    cr_expect_geq(metric(PIPELINE, DROPPED), 1, "an answer was begun too early");
}

Test(stream_ears, an_answer_begun_ahead_is_the_answer_and_is_given_once)
{
    const char *line = streaming_voice_agent();
    quick_transcription();
    for (int i = 0; i < TRIES && !metric(PIPELINE, USED); i++) {
        const char *sid =
            ring(line, "{\"say\":[\"Do you have a house with two bedrooms?\",\"Goodbye.\"]}");
        good_call(sid);
        await_turns(sid);
        cr_expect_eq(count_of(sid, "role = 'caller'"), 2);
        cr_expect_eq(count_of(sid, "tool ->> 'name' = 'search_properties'"), 1, "%s",
                     of_turns(sid, "json_agg(t order by seq)"));
        cr_expect_eq(count_of(sid, "role = 'agent'"), 3, "%s",
                     of_turns(sid, "json_agg(text order by seq)"));
    }
    cr_expect_geq(metric(PIPELINE, USED), 1);
    cr_expect_geq(atoi(sql("select count(*) from call_turns where latency ? 'ahead_ms'")), 1);
}

Test(stream_ears, nods_and_coughs_do_not_end_our_turn)
{
    const char *sid = ring(streaming_voice_agent(),
                           "{\"say\":[{\"text\":\"Do you have a house with two bedrooms?\","
                           "\"meanwhile\":[{\"after_ms\":4500,\"text\":\"Mhm.\"},"
                           "{\"after_ms\":6500,\"cough\":true}]},\"Goodbye.\"]}");
    good_call(sid);
    await_turns(sid);
    cr_expect_eq(count_of(sid, "interrupted"), 0, "%s", of_turns(sid, "json_agg(t order by seq)"));
    cr_expect_eq(count_of(sid, "role = 'caller'"), 2, "%s",
                 of_turns(sid, "json_agg(text order by seq)"));
}

Test(stream_ears, what_is_said_during_the_disclosure_is_heard_behind_it)
{
    const char *sid = ring(streaming_voice_agent(),
                           "{\"say\":[{\"text\":\"Do you have a house with two bedrooms?\","
                           "\"interrupt_ms\":300},\"Goodbye.\"]}");
    good_call(sid);
    await_turns(sid);
    cr_expect_eq(count_of(sid, "role = 'caller' and text ilike '%%two bedrooms%%'"), 1, "%s",
                 of_turns(sid, "json_agg(text order by seq)"));
    cr_expect_eq(count_of(sid, "role = 'agent' and heard ilike '%%recorded%%'"), 1, "%s",
                 of_turns(sid, "json_agg(t order by seq)"));
}
