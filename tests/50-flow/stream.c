/* A conversation over the media socket: heard and said as it happens, and gone on with whatever becomes of the socket. */
#include "streams.h"
#include "meanwhile.h"
#include "io/ws.h"
#include "loop/task.h"
#include "voice/signature.h"
#include "world_peer.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(stream, .init = world_up, .fini = world_down, .timeout = 240);

/* ---- who may connect ---- */

static struct visit {
    const char *signature, *start; /* sent once it is open */
    struct ws *ws;
    struct wait *wait;
    unsigned code; /* how it was closed; 0: sound came */
} visit;

static void on_open(void *arg)
{
    struct visit *v = arg;
    cr_assert_eq(ws_send(v->ws, v->start, strlen(v->start)), OK);
}

static void on_text(void *arg, const char *p, size_t n)
{
    struct visit *v = arg;
    (void)n;
    if (v->wait && strstr(p, "\"event\":\"media\""))
        wait_settle(v->wait);
    v->wait = NULL;
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    struct visit *v = arg;
    (void)why;
    v->code = code;
    if (v->wait)
        wait_settle(v->wait);
}

static void await_visit(void *arg)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    static const struct ws_limits limits;
    struct wait w = WAIT_HERE;
    (void)arg;
    visit.wait = &w;
    visit.code = 0;
    visit.ws =
        ws_connect(&(struct ws_to){.url = text("ws://127.0.0.1:%d/media", world_port(PIPELINE)),
                                   .headers = (const char *const[]){visit.signature, NULL}},
                   &limits, &handlers, &visit);
    await_wait(&w);
    if (!visit.code)
        ws_close(visit.ws, WS_NORMAL, "");
}

static unsigned visited(const char *signature, const char *start)
{
    visit = (struct visit){.signature = signature, .start = start};
    peer_run(await_visit);
    return visit.code;
}

static const char *signed_for(const char *token)
{
    char signature[SIGNATURE_TEXT];
    signature_make(token, text("ws://127.0.0.1:%d/media", world_port(PIPELINE)), NULL, signature);
    return text("X-Twilio-Signature: %s", signature);
}

static const char *start_of(const char *sid, const char *token)
{
    return text(
        "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"streamSid\":\"MZ1\",\"start\":{"
        "\"streamSid\":"
        "\"MZ1\",\"callSid\":\"%s\",\"customParameters\":{\"turn\":\"1\",\"token\":\"%s\"},"
        "\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1}}}",
        sid, token);
}

/* As the network would, when somebody calls: the token that the answer gives. */
static const char *token_of(const char *line, const char *sid)
{
    struct answer a =
        post_signed("/webhooks/twilio/voice", text("CallSid=%s&AccountSid=" ACCOUNT_SID
                                                   "&From=%%2B14155550177&To=%s&CallStatus=ringing&"
                                                   "Direction=inbound&ApiVersion=2010-04-01",
                                                   sid, escaped(line)));
    const char *at = strstr(a.body, "name=\"token\" value=\"");
    cr_assert(at, "%s", a.body);
    return text("%.*s", (int)strcspn(at + 20, "\""), at + 20);
}

#define SID_1 "CA00000000000000000000000000000001"
#define SID_2 "CA00000000000000000000000000000002"
Test(stream, only_the_network_gets_in_and_a_token_opens_its_own_call_once)
{
    const char *line = streaming_voice_agent();
    const char *one = token_of(line, SID_1), *good = signed_for(AUTH_TOKEN);
    cr_expect_eq(visited("X-Nothing: 1", start_of(SID_1, one)), 403);
    cr_expect_eq(visited(signed_for("another token"), start_of(SID_1, one)), 403);
    cr_expect_eq(visited(good, "{\"event\":\"start\"}"), WS_POLICY);
    cr_expect_eq(visited(good, "no JSON"), WS_POLICY);
    cr_expect_eq(visited(good, start_of(SID_1, "1f.xxxx")), WS_POLICY);
    token_of(line, SID_2);
    cr_expect_eq(visited(good, start_of(SID_2, one)), WS_POLICY, "a token of another call");
    cr_expect_eq(visited(good, start_of(SID_1, one)), 0, "sound comes");
    cr_expect_eq(visited(good, start_of(SID_1, one)), WS_POLICY, "a token that is spent");
}

/* ---- as it should be ---- */

Test(stream, the_other_token_opens_a_socket_while_tokens_are_exchanged)
{
    const char *line = streaming_voice_agent(), *next = "fedcba9876543210fedcba9876543210";
    world_stop(PIPELINE);
    world_set("TWILIO_AUTH_TOKEN", next);
    world_set("TWILIO_AUTH_TOKEN_NEXT", AUTH_TOKEN);
    world_start(PIPELINE);
    const char *one = token_of(line, SID_1), *two = token_of(line, SID_2);
    cr_expect_eq(visited(signed_for("another token"), start_of(SID_1, one)), 403);
    cr_expect_eq(visited(signed_for(AUTH_TOKEN), start_of(SID_1, one)), 0);
    cr_expect_eq(visited(signed_for(next), start_of(SID_2, two)), 0);
}

Test(stream, is_talked_over_from_greeting_to_goodbye)
{
    const char *sid = ring(streaming_voice_agent(),
                           "{\"say\":[\"Do you have a house with two bedrooms?\",\"Goodbye.\"]}");
    const char *call = good_call(sid);
    expect_said(call, "AI assistant");
    expect_said(call, "How can I help you today?");
    cr_expect_eq(length(call, "errors"), 0, "%s", call);
    cr_expect_eq(requests(call, "heard"), 0, "nothing was heard by the network: %s", call);
    cr_expect_eq(requests(call, "streamed"), 1, "%s", call);
    EVENTUALLY_IN(
        30,
        *of_turns(sid, "max(text) filter (where text ilike '%%goodbye%%' and role = 'caller')"));
    /* Every word was heard, by the marks; what it took is known, part by part. */
    EVENTUALLY_IN(30, atoi(of_turns(sid, "count(*) filter (where role = 'agent')")) >= 3);
    cr_expect_str_eq(of_turns(sid, "count(*) filter (where role = 'agent' and (interrupted or "
                                   "heard is distinct from text))"),
                     "0", "%s", of_turns(sid, "json_agg(t)"));
    cr_expect_gt(
        atoi(of_turns(sid, "count(*) filter (where latency ?& array['endpoint_ms', 'llm_first_ms', "
                           "'tts_first_ms', 'answered_ms', 'mouth_to_ear_ms'])")),
        0, "%s", of_turns(sid, "json_agg(latency)"));
}

Test(stream, is_recorded_behind_the_disclosure)
{
    const char *sid = ring(streaming_voice_agent(), "{\"say\":[\"Goodbye.\"]}");
    const char *call = good_call(sid);
    cr_expect(field(call, "recording_sid"), "%s", call);
    EVENTUALLY_IN(30, *sql("select sid from recordings"));
}

Test(stream, a_caller_who_talks_over_us_has_heard_what_the_marks_prove)
{
    const char *sid = ring(streaming_voice_agent(),
                           "{\"say\":[{\"text\":\"Sorry, do you have a house with two bedrooms?\","
                           "\"interrupt_ms\":700},\"Goodbye.\"]}");
    const char *call = good_call(sid);
    expect_said(call, "AI assistant");
    EVENTUALLY_IN(30, *of_turns(sid, "max(text) filter (where interrupted)"));
    cr_expect_str_eq(
        of_turns(sid, "count(*) filter (where interrupted and (length(heard) >= length(text) or "
                      "position(heard in text) <> 1))"),
        "0", "%s", of_turns(sid, "json_agg(t)"));
    EVENTUALLY_IN(
        30,
        *of_turns(sid, "max(text) filter (where role = 'caller' and text ilike '%%bedrooms%%')"));
}

Test(stream, keys_are_heard)
{
    const char *sid = ring(streaming_voice_agent(), "{\"say\":[{\"keys\":\"9\"},\"Goodbye.\"]}");
    good_call(sid);
    EVENTUALLY_IN(30, *of_turns(sid, "max(text) filter (where text like '%%the key 9%%')"));
}

Test(stream, is_left_for_a_transfer_and_come_back_to)
{
    const char *line = streaming_voice_agent();
    callee("+12025550190", "{\"answer\":\"busy\"}");
    const char *sid =
        ring(line, "{\"say\":[\"Can I speak to a real person, please?\",\"No. Goodbye.\"]}");
    const char *call = good_call(sid);
    cr_expect_eq(requests(call, "transferred"), 1, "%s", call);
    cr_expect_eq(requests(call, "streamed"), 2, "once for the transfer, once for the end: %s",
                 call);
    cr_expect_eq(requests(call, "heard"), 0, "%s", call);
    cr_expect_eq(length(call, "errors"), 0, "%s", call);
}

Test(stream, silence_is_asked_about_and_ends_with_a_goodbye)
{
    const char *line = streaming_voice_agent();
    sql("update voice_agents set settings = settings || '{\"silence_timeout_seconds\": 1}'");
    const char *call = good_call(ring(line, "{\"silence\":true}"));
    cr_expect_eq(requests(call, "heard"), 0, "%s", call);
    cr_expect_geq(lines_of(call, "agent"), 4, "%s", call);
}

Test(stream, a_caller_who_hangs_up_is_no_loss)
{
    const char *sid = ring(streaming_voice_agent(), "{\"say\":[]}");
    good_call(sid);
    EVENTUALLY_IN(30, *of_turns(sid, "max(text) filter (where role = 'agent')"));
    cr_expect_str_eq(of_turns(sid, "count(*) filter (where 'stream' = any (degraded))"), "0");
}

/* ---- as it should not be ---- */

/* The database does not answer; who has rung before is greeted from memory. Such a call has no id that we know. */
Test(stream, a_conversation_that_began_from_memory_ends_with_its_call)
{
    const char *line = streaming_voice_agent();
    good_call(ring(line, "{\"say\":[]}"));
    FILE *other = meanwhile("lock table calls in access exclusive mode");
    const char *sid = ring(line, "{\"say\":[]}");
    await_greeting(sid);
    meanwhile_over(other, "rollback");
    good_call(sid);
    EVENTUALLY_IN(60, metric(PIPELINE, "va_conversations{}") == 0);
}

#define LATE_QUESTION                                                                              \
    "{\"say\":[{\"text\":\"Do you have a house with two "                                          \
    "bedrooms?\",\"think_ms\":2500},\"Goodbye.\"]}"

Test(stream, a_socket_that_cannot_be_had_leaves_the_call_in_turns)
{
    const char *line = streaming_voice_agent();
    fault("{\"api\":\"stream.connect\",\"kind\":\"hang\"}");
    const char *sid =
        ring(line, "{\"say\":[\"Do you have a house with two bedrooms?\",\"Goodbye.\"]}");
    const char *call = ended_well(sid, 1);
    expect_said(call, "How can I help you today?");
    cr_expect_geq(requests(call, "heard"), 1, "%s", call);
    expect_degraded(sid, "stream");
}

Test(stream, a_socket_that_dies_leaves_the_call_in_turns)
{
    const char *line = streaming_voice_agent();
    fault("{\"api\":\"stream.socket\",\"kind\":\"hang\",\"ms\":1000}");
    const char *sid =
        ring(line, "{\"say\":[\"Do you have a house with two bedrooms?\",\"Goodbye.\"]}");
    const char *call = ended_well(sid, 1);
    cr_expect_geq(requests(call, "heard"), 1, "%s", call);
    expect_said(call, "How can I help you today?");
    expect_degraded(sid, "stream");
}

Test(stream, without_speech_of_ours_the_network_speaks)
{
    const char *line = streaming_voice_agent();
    const char *sid = ring(line, LATE_QUESTION);
    await_greeting(sid);
    fault("{\"api\":\"openai.speech\",\"kind\":\"status\",\"status\":500,\"times\":0}");
    const char *call = good_call(sid);
    cr_expect_eq(requests(call, "streamed"), 1, "%s", call);
    cr_expect_geq(requests(call, "heard"), 1, "%s", call);
    expect_degraded(sid, "tts");
}

#define LATER_QUESTION                                                                             \
    "{\"say\":[{\"text\":\"Do you have a house with two "                                          \
    "bedrooms?\",\"think_ms\":4500},\"Goodbye.\"]}"

/* Its deadline is longer than anybody would wait: it is not that which ends the waiting. The caller says nothing: what is
 * asked the second time has never been spoken before. */
Test(stream, speech_that_stalls_is_not_waited_for)
{
    world_set("TTS_MS", "60000");
    world_stop(PIPELINE);
    world_start(PIPELINE);
    const char *line = streaming_voice_agent();
    const char *sid = ring(line, "{\"silence\":true}");
    await_greeting(sid);
    fault("{\"api\":\"openai.speech\",\"kind\":\"hang\",\"times\":0}");
    const char *call = good_call(sid);
    cr_expect_eq(requests(call, "streamed"), 1, "%s", call);
    cr_expect_geq(requests(call, "heard"), 1, "the network says what is next: %s", call);
    expect_degraded(sid, "filler"); /* the caller was told */
    expect_degraded(sid, "tts");
}

Test(stream, where_nobody_transcribes_the_network_hears)
{
    const char *line = streaming_voice_agent();
    const char *sid = ring(
        line, "{\"say\":[{\"text\":\"Do you have a house with two bedrooms?\",\"think_ms\":"
              "2500},\"Do you have a house with two bedrooms?\",\"Do you have a house with two "
              "bedrooms?\",\"Do you have a house with two bedrooms?\",\"Goodbye.\"]}");
    await_greeting(sid);
    fault("{\"api\":\"openai.transcriptions\",\"kind\":\"status\",\"status\":500,\"times\":0}");
    const char *call = good_call(sid);
    cr_expect_eq(requests(call, "streamed"), 1, "%s", call);
    cr_expect_geq(requests(call, "heard"), 1, "%s", call);
    expect_degraded(sid, "stt");
    EVENTUALLY_IN(30, count_of(sid, "role = 'caller' and text ilike '%%two bedrooms%%'") > 0);
}

Test(stream, a_slow_tool_is_bridged_by_a_word)
{
    world_set("FILLER_MS", "500");
    world_stop(PIPELINE);
    world_start(PIPELINE);
    const char *line = streaming_voice_agent();
    const char *sid = ring(line, LATER_QUESTION);
    await_greeting(sid);
    FILE *other = meanwhile("lock table properties in access exclusive mode");
    EVENTUALLY_IN(60, strstr(all_words(network_call(sid), "agent"), "One moment"));
    meanwhile_over(other, "rollback");
    const char *call = good_call(sid);
    cr_expect_eq(requests(call, "heard"), 0, "%s", call);
    expect_degraded(sid, "filler");
}

Test(stream, a_replica_that_is_killed_is_made_up_for)
{
    const char *line = streaming_voice_agent();
    const char *sid = ring(line, LATE_QUESTION);
    await_greeting(sid);
    world_kill(PIPELINE);
    world_start(PIPELINE);
    const char *call = ended_well(sid, 1);
    cr_expect_geq(requests(call, "heard"), 1, "picked up again, in turns: %s", call);
}
