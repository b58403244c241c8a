/* Several replicas behind one MEDIA_URL: whichever the socket reaches, the call is talked on there, whole. */
#include "streams.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define CALLERS 4 /* requests go to the replicas in turn, sockets to the first one only */

static void two_up(void)
{
    world_up();
    world_start(PIPELINE_2);
}

TestSuite(stream_move, .init = two_up, .fini = world_down, .timeout = 240);

static long moved(void)
{
    return metric(PIPELINE, "va_conversations_moved_total{}") +
           metric(PIPELINE_2, "va_conversations_moved_total{}");
}

/* Every piece of ours, once, and heard whole. */
static void expect_whole(const char *sid)
{
    EVENTUALLY_IN(30, count_of(sid, "role = 'agent' and text ilike '%%goodbye%%'") == 1);
    cr_expect_eq(count_of(sid, "role = 'agent' and text ilike '%%AI assistant%%How can I help%%'"),
                 1, "%s", of_turns(sid, "json_agg(t order by seq)"));
    cr_expect_eq(count_of(sid, "role = 'caller'"), 2, "%s",
                 of_turns(sid, "json_agg(t order by seq)"));
    cr_expect_eq(count_of(sid, "role = 'agent'"), 3, "greeting, answer, goodbye: %s",
                 of_turns(sid, "json_agg(t order by seq)"));
    cr_expect_eq(count_of(sid, "interrupted or heard <> text or 'stream' = any (degraded)"), 0,
                 "%s", of_turns(sid, "json_agg(t order by seq)"));
}

Test(stream_move, a_socket_at_another_replica_takes_the_conversation_along)
{
    const char *line = streaming_voice_agent(), *sids[CALLERS];
    for (int i = 0; i < CALLERS; i++)
        sids[i] = ring(line, "{\"say\":[\"Do you have a house with two bedrooms?\",\"Goodbye.\"]}");
    for (int i = 0; i < CALLERS; i++) {
        const char *call = good_call(sids[i]);
        cr_expect_eq(requests(call, "heard"), 0, "never by turns: %s", call);
        cr_expect_eq(requests(call, "streamed"), 1, "%s", call);
        cr_expect_eq(length(call, "errors"), 0, "%s", call);
        expect_whole(sids[i]);
    }
    cr_expect_geq(moved(), 2, "there, and back for what follows");
    cr_expect_eq(metric(PIPELINE, "va_stream_refused_total{}"), 0);
}

Test(stream_move, is_left_for_a_transfer_and_come_back_to)
{
    const char *line = streaming_voice_agent(), *sids[CALLERS];
    callee("+12025550190", "{\"answer\":\"busy\"}");
    for (int i = 0; i < CALLERS; i++)
        sids[i] =
            ring(line, "{\"say\":[\"Can I speak to a real person, please?\",\"No. Goodbye.\"]}");
    for (int i = 0; i < CALLERS; i++) {
        const char *call = good_call(sids[i]);
        cr_expect_eq(requests(call, "transferred"), 1, "%s", call);
        cr_expect_eq(requests(call, "heard"), 0, "%s", call);
    }
    cr_expect_geq(moved(), 2);
}

/* Its socket is closed in order, and nobody else is at MEDIA_URL here: by turns, but whole. What the caller was about
 * to say then is lost with the socket, by the sandbox's lights. */
Test(stream_move, a_replica_that_ends_hands_its_calls_over)
{
    const char *line = streaming_voice_agent(), *sids[CALLERS];
    for (int i = 0; i < CALLERS; i++)
        sids[i] = ring(line, "{\"say\":[{\"text\":\"Well.\",\"think_ms\":8000},"
                             "\"Do you have a house with two bedrooms?\",\"Goodbye.\"]}");
    for (int i = 0; i < CALLERS; i++)
        await_greeting(sids[i]);
    world_stop(PIPELINE);
    for (int i = 0; i < CALLERS; i++) {
        const char *call = ended_well(sids[i], 1);
        expect_heard(sids[i], "Do you have a house with two bedrooms?");
        cr_expect_null(strstr(all_words(call, "agent"), "Sorry"), "%s", call);
        EVENTUALLY_IN(30, count_of(sids[i], "role = 'agent' and text ilike '%%goodbye%%'") == 1);
        cr_expect_eq(count_of(sids[i], "role = 'agent' and text ilike '%%AI assistant%%'"), 1, "%s",
                     of_turns(sids[i], "json_agg(t order by seq)"));
    }
    world_start(PIPELINE);
}

Test(stream_move, a_replica_that_is_killed_leaves_its_calls_to_the_other)
{
    const char *line = streaming_voice_agent();
    const char *sid = ring(line, "{\"say\":[{\"text\":\"Do you have a house with two bedrooms?\","
                                 "\"think_ms\":2500},\"Goodbye.\"]}");
    await_greeting(sid);
    world_kill(PIPELINE);
    const char *call = ended_well(sid, 1);
    cr_expect_geq(requests(call, "heard"), 1, "picked up again, in turns: %s", call);
    expect_heard(sid, "Do you have a house with two bedrooms?");
    world_start(PIPELINE);
}
