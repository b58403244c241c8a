/* Conversations in a stream on lines as they are: noise, jitter, people who nod, cough and think amid a sentence. */
#include "streams.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define QUESTION "Do you have a house with two bedrooms?"
#define CALLERS  6

TestSuite(stream_line, .init = world_up, .fini = world_down, .timeout = 240);

static void expect_uninterrupted(const char *sid)
{
    cr_expect_str_eq(of_turns(sid, "count(*) filter (where interrupted)"), "0", "%s",
                     of_turns(sid, "json_agg(t)"));
}

static const char *asks(const char *line, const char *turn)
{
    return text("{%s\"say\":[{\"text\":\"" QUESTION "\"%s},\"Goodbye.\"]}", line, turn);
}

Test(stream_line, a_nod_and_a_cough_stop_nobody)
{
    const char *sid =
        ring(streaming_voice_agent(),
             "{\"say\":[\"" QUESTION "\",{\"text\":\"Goodbye.\",\"meanwhile\":[{\"after_ms\":900,"
             "\"text\":\"Mhm.\"},{\"after_ms\":2600,\"cough\":true}]}]}");
    good_call(sid);
    expect_heard(sid, QUESTION);
    expect_uninterrupted(sid);
}

Test(stream_line, who_pauses_amid_a_sentence_is_let_finish)
{
    const char *sid =
        ring(streaming_voice_agent(),
             "{\"say\":[{\"text\":\"I am looking for ... a house with two bedrooms.\","
             "\"pause_ms\":350},\"Goodbye.\"]}");
    good_call(sid);
    expect_heard(sid, "I am looking for a house with two bedrooms.");
}

Test(stream_line, noise_and_jitter_are_heard_through)
{
    const char *sid = ring(streaming_voice_agent(), asks("\"noise_db\":15,\"jitter_ms\":60,", ""));
    good_call(sid);
    expect_heard(sid, QUESTION);
}

/* The network holds a second of sound and delivers it at once: nothing of it is lost, nor taken for an attack. */
Test(stream_line, sound_that_comes_late_and_all_at_once_is_heard)
{
    const char *line = streaming_voice_agent();
    fault("{\"api\":\"stream.frames\",\"kind\":\"delay\",\"ms\":4000}");
    const char *sid = ring(line, asks("", ""));
    const char *call = good_call(sid);
    cr_expect_eq(length(call, "errors"), 0, "%s", call);
    expect_heard(sid, QUESTION);
}

/* Nothing of what is said comes back as heard: the conversation ends all the same, by silence or by the caller. */
Test(stream_line, a_network_that_reads_no_more_holds_nobody_for_ever)
{
    const char *line = streaming_voice_agent();
    fault("{\"api\":\"stream.reads\",\"kind\":\"hang\",\"ms\":0}");
    const char *sid = ring(line, asks("", ""));
    EVENTUALLY_IN(90, strcmp(field(call_over(sid), "status"), "completed") == 0);
}

Test(stream_line, several_talk_at_once_and_each_is_answered)
{
    const char *line = streaming_voice_agent(), *sids[CALLERS];
    for (int i = 0; i < CALLERS; i++)
        sids[i] = ring(line, asks("\"noise_db\":25,", i % 2 ? ",\"interrupt_ms\":5000" : ""));
    for (int i = 0; i < CALLERS; i++) {
        good_call(sids[i]);
        expect_heard(sids[i], QUESTION);
    }
}
