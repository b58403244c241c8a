/* The caller is never left in silence, and never hears what is not meant for ears: whatever the AI does. */
#include "truth.h"
#include "base/buf.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is ordered of the network and the AI, and what came of it ---- */

static void fault(const char *json)
{
    struct answer a = ask("POST", TELEPHONE, NULL, "/sandbox/faults", json);
    cr_assert(a.status == 200 || a.status == 201, "%s: %d %s", json, a.status, a.body);
}

static void no_faults(void)
{
    ask("DELETE", TELEPHONE, NULL, "/sandbox/faults", NULL);
}

static int asked_of(const char *api)
{
    struct answer a = ask("GET", TELEPHONE, NULL, text("/sandbox/ledger?api=%s", api), NULL);
    return length(a.body, "entries");
}

static const char *all_words(const char *call, const char *who)
{
    struct buf b = BUF(64 * 1024);
    for (int i = 0; i < length(call, "transcript"); i++)
        if (strcmp(field(call, text("transcript.%d.who", i)), who) == 0)
            buf_printf(&b, "%s\n", field(call, text("transcript.%d.text", i)));
    const char *words = text("%s", b.n ? b.p : "");
    buf_free(&b);
    return words;
}

static const char *first_words(const char *call, const char *words)
{
    return strstr(all_words(call, "agent"), words);
}

static void expect_said(const char *call, const char *words)
{
    cr_expect(first_words(call, words), "\"%s\" was not said: %s", words, call);
}

static void expect_unsaid(const char *call, const char *words)
{
    cr_expect(!first_words(call, words), "\"%s\" was said: %s", words, call);
}

/* Valid TwiML all the way, no error voice, and nothing in the assistant's mouth that is no speech. */
static const char *good_call(const char *sid)
{
    const char *call = call_over(sid), *words = all_words(call, "agent");
    cr_expect_str_eq(field(call, "status"), "completed", "%s", call);
    cr_expect_eq(bad_documents(call) + lines_of(call, "network"), 0, "%s", call);
    cr_expect_gt(strlen(words), 0, "%s", call);
    cr_expect(!strpbrk(words, "<>{}*\\"), "no words for ears: %s", words);
    return call;
}

static const char *degraded(const char *sid)
{
    return sql("select coalesce(string_agg(distinct d, ' ' order by d), '') from call_turns t join "
               "calls c on "
               "c.id = t.call_id, unnest(t.degraded) d where c.twilio_call_sid = '%s'",
               sid);
}

/* Among others: a machine that is busy is late with speech, too. */
static void expect_degraded(const char *sid, const char *word)
{
    struct patience patient = patience(15);
    while (!strstr(text(" %s ", degraded(sid)), text(" %s ", word)))
        if (!look_again(&patient))
            cr_assert_fail("degraded: %s, expected %s", degraded(sid), word);
}

static void expect_message_taken(const char *sid, const char *message)
{
    EVENTUALLY(strcmp(sql("select t.tool -> 'arguments' ->> 'message' from call_turns t join calls "
                          "c on c.id = t.call_id where c.twilio_call_sid = '%s' and "
                          "t.tool ->> 'name' = 'take_message'",
                          sid),
                      message) == 0);
}

/* ---- the model ---- */

#define ASKS "{\"say\":[\"Do you have a house with three bedrooms?\",\"Thank you, goodbye.\"]}"
#define ASKS_AND_LEAVES_WORD                                                                       \
    "{\"say\":[\"Do you have a house with three bedrooms?\",\"Please ask her to call me.\"]}"

/* Nothing is made of a call once it is over: the model and its faults are the conversation's alone. */
static void quick(void)
{
    world_set("SANDBOX_SPEED", "60");
    world_set("TURN_MS", "2500");
    world_set("SUMMARY_TOKENS_MAX", "0");
    world_set("TRANSCRIBE_MINUTES_MAX", "0");
    world_up();
}

static void impatient(void)
{
    world_set("FILLER_MS", "400");
    world_set("LLM_FIRST_MS", "2500");
    world_set("LLM_TOTAL_MS", "6000");
    world_set("TTS_MS", "2000");
    world_set("PROVIDER_PAUSE_MS", "500");
    quick();
}

TestSuite(model, .init = impatient, .fini = world_down, .timeout = 90);

Test(model, that_never_answers_is_made_up_for_by_a_filler_an_apology_and_a_message)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.chat\",\"kind\":\"hang\",\"times\":0}");
    const char *sid = ring(line, ASKS_AND_LEAVES_WORD), *call = good_call(sid);
    expect_said(call, "One moment, please.");
    expect_said(call, "I'm having some trouble right now.");
    expect_said(call, "I have noted your message");
    expect_degraded(sid, "filler");
    expect_degraded(sid, "llm_late");
    expect_degraded(sid, "llm");
    expect_message_taken(sid, "Please ask her to call me.");
    EVENTUALLY(asked_of("openai.chat.gone") == asked_of("openai.chat"));
}

Test(model, that_drips_is_quoted_as_far_as_it_came_and_left)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.chat\",\"kind\":\"drip\",\"ms\":600,\"times\":1}");
    const char *sid = ring(line, "{\"say\":[\"Hello, who is this?\",\"Goodbye.\"]}");
    good_call(sid);
    expect_degraded(sid, "llm_late");
    EVENTUALLY(asked_of("openai.chat.gone") == 1);
    cr_expect_str_eq(
        sql("select count(*) from call_turns where role = 'agent' and 'llm' = any(degraded)"), "0",
        "what came was said");
}

Test(model, whose_stream_fails_midway_has_said_nothing)
{
    static const char *const faults[] = {
        "\"kind\":\"error_event\"",
        "\"kind\":\"half_body\"",
        "\"kind\":\"garbage\"",
        "\"kind\":\"garbage\",\"body\":\"no_end\"",
        "\"kind\":\"garbage\",\"body\":\"split_utf8\"",
        "\"kind\":\"garbage\",\"body\":\"long_line\"",
        "\"kind\":\"garbage\",\"body\":\"nul\"",
        "\"kind\":\"garbage\",\"body\":\"two_finishes\"",
        "\"kind\":\"garbage\",\"body\":\"markup\"",
    };
    const char *line = active_voice_agent(), *sids[sizeof faults / sizeof *faults];
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        fault(text("{\"api\":\"openai.chat\",%s,\"times\":2}", faults[i]));
        sids[i] = ring(line, ASKS_AND_LEAVES_WORD);
        good_call(sids[i]);
        no_faults();
    }
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        expect_true_transcript(sids[i]);
    expect_degraded(sids[0], "llm_retry"); /* an error event is a failure */
    expect_degraded(sids[0], "llm");
}

Test(model, that_calls_tools_wrongly_is_told_so_and_the_conversation_goes_on)
{
    static const char *const calls[] = {
        "{\"name\":\"schedule_viewing\",\"arguments\":\"{\\\"property_id\\\":\\\"12\"}",
        "{\"name\":\"delete_everything\",\"arguments\":\"{}\"}",
        "{\"name\":\"search_properties\",\"arguments\":\"{\\\"max_price\\\":[true]}\"}",
        "{\"name\":\"transfer_to_agent\",\"arguments\":\"[]\"}",
    };
    const char *line = active_voice_agent();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        fault(text("{\"api\":\"openai.chat\",\"kind\":\"tool_call\",\"body\":%s}", calls[i]));
        const char *sid = ring(line, ASKS);
        good_call(sid);
        expect_true_transcript(sid);
        EVENTUALLY(strstr(sql("select tool ->> 'result' from call_turns t join calls c on "
                              "c.id = t.call_id where c.twilio_call_sid = '%s' and role = 'tool' "
                              "order by seq limit 1",
                              sid),
                          "error"));
    }
    cr_expect_str_eq(sql("select count(*) from viewings"), "0");
}

Test(model, a_caller_who_hangs_up_takes_the_work_with_him)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.chat\",\"kind\":\"hang\",\"times\":0}");
    const char *sid = ring(line, "{\"say\":[\"Do you have a house?\"],\"hang_up_during\":1}");
    call_over(sid);
    EVENTUALLY(asked_of("openai.chat.gone") == 1);
    int spoken = asked_of("openai.speech");
    expect_true_call(sid);
    cr_expect_eq(asked_of("openai.speech"), spoken, "speech for nobody");
    cr_expect_eq(asked_of("openai.chat"), 1);
}

/* ---- the model's limits, within the patience of a real caller ---- */

TestSuite(limits, .init = quick, .fini = world_down, .timeout = 90);

#define FULL                                                                                       \
    "\"kind\":\"status\",\"status\":429,\"body\":{\"error\":{\"message\":\"full\",\"type\":"       \
    "\"requests\",\"code\":\"rate_limit_exceeded\"}}"
#define PAID_UP                                                                                    \
    "\"kind\":\"status\",\"status\":429,\"body\":{\"error\":{\"message\":\"no money\",\"type\":"   \
    "\"insufficient_quota\",\"code\":\"insufficient_quota\"}}"

/* One turn, with this fault for each request; how often the model was asked for it. */
static int asked_in_a_turn(const char *line, const char *fault_members, const char **call)
{
    int before = asked_of("openai.chat");
    fault(text("{\"api\":\"openai.chat\",\"times\":2,%s}", fault_members));
    *call = good_call(ring(line, "{\"say\":[\"Do you have a house?\"]}"));
    no_faults();
    return asked_of("openai.chat") - before;
}

Test(limits, are_waited_for_once)
{
    const char *call;
    cr_expect_eq(asked_in_a_turn(active_voice_agent(), FULL ",\"retry_after\":1", &call), 2);
    expect_said(call, "I'm having some trouble right now.");
}

Test(limits, that_last_longer_than_a_turn_are_not_waited_for)
{
    const char *call;
    cr_expect_eq(asked_in_a_turn(active_voice_agent(), FULL ",\"retry_after\":30", &call), 1);
    expect_said(call, "I'm having some trouble right now.");
}

Test(limits, of_money_are_not_tried_again)
{
    const char *call;
    cr_expect_eq(asked_in_a_turn(active_voice_agent(), PAID_UP, &call), 1);
    expect_said(call, "I'm having some trouble right now.");
}

Test(limits, a_second_try_that_succeeds_is_all_the_caller_hears)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.chat\",\"times\":1," FULL ",\"retry_after\":1}");
    const char *sid = ring(line, ASKS), *call = good_call(sid);
    expect_unsaid(call, "trouble");
    expect_true_transcript(sid);
    expect_degraded(sid, "llm_retry");
}

Test(limits, a_model_that_is_being_loaded_is_waited_for_while_the_caller_hears_of_it)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.chat\",\"times\":2,\"kind\":\"status\",\"status\":503,\"body\":{"
          "\"error\":{"
          "\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}}");
    const char *sid = ring(line, ASKS), *call = good_call(sid);
    expect_said(call, "One moment, please.");
    expect_said(call, "bedroom");
    expect_unsaid(call, "trouble");
    expect_degraded(sid, "llm_retry");
}

/* ---- speech ---- */

static void configure(const char *settings)
{
    struct answer a = ask("PATCH", API, login("agent@demo.test"), "/agent/voice-agent",
                          text("{\"settings\":%s}", settings));
    cr_assert_eq(a.status, 200, "%s: %d %s", settings, a.status, a.body);
}

static const char *unescaped(const char *url, size_t n)
{
    char *plain = (char *)text("%.*s", (int)n, url), *to = plain;
    for (const char *p = plain; *p; p++) {
        *to++ = *p;
        if (strncmp(p, "&amp;", 5) == 0)
            p += 4;
    }
    *to = 0;
    return plain;
}

static const char *posted(const char *path, const char *line, const char *sid, const char *more)
{
    struct answer a = post_signed(path, text("AccountSid=" ACCOUNT_SID
                                             "&CallSid=%s&CallStatus=in-progress&Direction=inbound&"
                                             "From=%%2B14155550177&To=%s%s",
                                             sid, escaped(line), more));
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_assert(strncmp(a.type, "text/xml", 8) == 0, "%s", a.type);
    return a.body;
}

/* The documents of a call up to the one that listens, behind each other. */
static const char *documents(const char *line, const char *sid)
{
    const char *all = posted("/webhooks/twilio/voice", line, sid, ""), *last = all, *at;
    while (!strstr(last, "<Gather") && !strstr(last, "<Record ") &&
           (at = strstr(last, "<Redirect"))) {
        const char *url = strchr(at, '>') + 1, *origin = url_of(HOOKS, "");
        url = unescaped(url, strcspn(url, "<"));
        cr_assert(strncmp(url, origin, strlen(origin)) == 0, "%s", url);
        last = posted(url + strlen(origin), line, sid, "");
        all = text("%s\n%s", all, last);
    }
    return all;
}

static void hung_up(const char *sid)
{
    EVENTUALLY(*sql("select 1 from calls where twilio_call_sid = '%s'", sid));
    post_signed("/webhooks/twilio/status",
                text("AccountSid=" ACCOUNT_SID "&CallSid=%s&CallStatus=completed&Direction=inbound&"
                     "From=%%2B14155550177&CallDuration=3",
                     sid));
}

TestSuite(voices, .init = impatient, .fini = world_down, .timeout = 90);

#define SID_OF(n) "CA0000000000000000000000000000000" n

Test(voices, that_fail_are_replaced_by_the_networks_in_the_same_language_and_gender)
{
    static const char *const faults[] = {
        "\"kind\":\"garbage\",\"body\":\"<html><body>Bad gateway</body></html>\"",
        "\"kind\":\"garbage\",\"body\":\"\"",
        "\"kind\":\"status\",\"status\":503",
        "\"kind\":\"hang\"",
    };
    const char *line = active_voice_agent();
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        fault(text("{\"api\":\"openai.speech\",\"times\":0,%s}", faults[i]));
        const char *sid = ring(line, ASKS), *call = good_call(sid);
        expect_said(call, "You are speaking with an AI assistant");
        expect_true_transcript(sid);
        expect_degraded(sid, "tts");
    }
    configure("{\"language\":\"de-DE\",\"voice_gender\":\"male\",\"voice_speed\":\"slow\"}");
    const char *twiml = documents(line, SID_OF("1"));
    cr_expect(strstr(twiml, "<Say voice=\"Polly.Hans\" language=\"de-DE\"><prosody rate=\"85%\">"
                            "Sie sprechen mit einem KI-Assistenten"),
              "%s", twiml);
    cr_expect(strstr(twiml, "Wie kann ich Ihnen helfen?"), "the stock greeting: %s", twiml);
    hung_up(SID_OF("1"));
}

/* ---- turn taking ---- */

TestSuite(turns, .init = quick, .fini = world_down, .timeout = 90);

Test(turns, are_taken_as_the_settings_say)
{
    const char *line = active_voice_agent(), *agent = login("agent@demo.test");
    const char *twiml = documents(line, SID_OF("1"));
    cr_expect(strstr(twiml, "speechTimeout=\"auto\""), "%s", twiml);
    cr_expect(strstr(twiml, " timeout=\"5\""), "%s", twiml);
    cr_expect(strstr(twiml, " hints=\""), "%s", twiml);
    cr_expect(!strstr(twiml, "bargeIn") && !strstr(twiml, "speechModel"), "%s", twiml);
    hung_up(SID_OF("1"));

    configure("{\"barge_in\":false,\"speech_model\":\"phone_call\",\"silence_timeout_seconds\":9,"
              "\"speech_hints\":false}");
    twiml = documents(line, SID_OF("2"));
    cr_expect(strstr(twiml, "speechTimeout=\"2\" speechModel=\"phone_call\""), "%s", twiml);
    cr_expect(strstr(twiml, " timeout=\"9\"") && strstr(twiml, "bargeIn=\"false\""), "%s", twiml);
    cr_expect(!strstr(twiml, " hints=\""), "%s", twiml);
    hung_up(SID_OF("2"));

    static const char *const wrong[] = {
        "{\"speech_model\":\"telepathy\"}", "{\"speech_timeout_seconds\":11}",
        "{\"silence_timeout_seconds\":0}", "{\"stt\":\"ear\"}", "{\"barge_in\":\"yes\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(
            ask("PATCH", API, agent, "/agent/voice-agent", text("{\"settings\":%s}", wrong[i]))
                .status,
            422, "%s", wrong[i]);
}

Test(turns, by_recording_fall_back_on_the_networks_ears)
{
    const char *line = active_voice_agent();
    configure("{\"stt\":\"whisper\"}");
    const char *twiml = documents(line, SID_OF("1"));
    cr_expect(strstr(twiml, "<Record action=\"") && strstr(twiml, "playBeep=\"false\""), "%s",
              twiml);
    cr_expect(!strstr(twiml, "<Gather"), "%s", twiml);
    hung_up(SID_OF("1"));

    fault("{\"api\":\"openai.transcriptions\",\"kind\":\"status\",\"times\":0}");
    const char *sid = ring(line, "curious"), *call = good_call(sid);
    expect_said(call, "I didn't catch that");
    expect_degraded(sid, "stt");
    EVENTUALLY(*sql("select 1 from call_turns where role = 'caller' and text = 'How much is it?'"));
}

static const char *transcribed(const char *words, int times)
{
    struct buf b = BUF(64 * 1024);
    for (int i = 0; i < times; i++)
        buf_printf(&b, "%s %d ", words, i);
    const char *answer = text("{\"api\":\"openai.transcriptions\",\"kind\":\"garbage\",\"body\":"
                              "{\"text\":\"%s\",\"segments\":[]}}",
                              b.n ? b.p : "");
    buf_free(&b);
    return answer;
}

Test(turns, by_recording_bear_whatever_is_made_of_them)
{
    const char *line = active_voice_agent();
    configure("{\"stt\":\"whisper\"}");
    fault(transcribed("", 0));
    fault(transcribed("Ein Haus bitte", 3000));
    fault(transcribed("Maison", 1));
    const char *call = good_call(ring(line, "curious"));
    expect_said(call, "I didn't catch that");
    EVENTUALLY(*sql("select 1 from call_turns where role = 'caller'"));
    cr_expect_leq(atol(sql("select max(octet_length(text)) from call_turns where role = 'caller'")),
                  4000);
}

Test(turns, may_be_keys)
{
    const char *line = active_voice_agent();
    callee(sql("select phone from real_estate_agents where email = 'agent@demo.test'"),
           "no-answer");
    const char *call = good_call(ring(line, "{\"say\":[{\"keys\":\"*\"},{\"keys\":\"0\"},"
                                            "\"Please tell her to call me tomorrow.\",\"Bye.\"]}"));
    const char *greeting = first_words(call, "How can I help you today?");
    cr_expect(greeting && strstr(greeting + 1, "How can I help you today?"), "once more: %s", call);
    expect_said(call, "can't come to the phone right now");
    call = good_call(ring(line, "{\"say\":[{\"keys\":\"9\"}]}"));
    expect_said(call, "we won't call you again");
    EVENTUALLY(*sql("select 1 from suppressions"));
}

Test(turns, that_were_not_understood_are_asked_for_again)
{
    const char *sid = ring(active_voice_agent(), "mumbler"), *call = good_call(sid);
    const char *again = first_words(call, "I didn't catch that");
    cr_expect(again && strstr(again + 1, "I didn't catch that"), "%s", call);
    expect_said(call, "bedroom");
    expect_true_transcript(sid);
}

static void short_calls(void)
{
    world_set("CALL_TURNS_MAX", "2");
    quick();
}

TestSuite(turns_max, .init = short_calls, .fini = world_down, .timeout = 90);

Test(turns_max, ends_a_call_with_a_goodbye_that_is_heard)
{
    const char *sid = ring(active_voice_agent(), "curious"), *call = good_call(sid);
    cr_expect_eq(lines_of(call, "caller"), 3, "%s", call);
    expect_said(call, "We have reached the end of the time I have for this call.");
    expect_true_transcript(sid);
}

Test(turns, end_after_so_many_minutes)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.chat\",\"kind\":\"hang\",\"times\":0}");
    const char *sid = ring(line, "{\"say\":[\"Do you have a house?\",\"Hello? A house?\"]}");
    EVENTUALLY(asked_of("openai.chat") >= 1);
    EVENTUALLY(*sql("select 1 from call_turns where role = 'caller'"));
    world_kill(PIPELINE);
    sql("update calls set answered_at = now() - interval '16 minutes'");
    world_start(PIPELINE);
    no_faults();
    expect_said(good_call(sid), "We have reached the end of the time I have for this call.");
}

/* ---- many ---- */

static long metric(enum process p, const char *name)
{
    const char *m = ask("GET", OPS + (int)p, NULL, "/metrics", NULL).body,
               *at = strstr(m, text("\n%s ", name));
    return at ? strtol(strchr(at + 1, ' '), NULL, 10) : -1;
}

static long resident_kb(enum process p)
{
    char line[200];
    long kb = 0;
    FILE *f = fopen(text("/proc/%d/status", world_pid(p)), "r");
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    fclose(f);
    return kb;
}

static int descriptors(enum process p)
{
    int n = 0;
    DIR *d = opendir(text("/proc/%d/fd", world_pid(p)));
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* Greeted, says something, and is gone before the answer. */
static void brief_calls(const char *line, int from, int to)
{
    for (int i = from; i < to; i++) {
        const char *sid = text("CA%032d", i), *twiml = documents(line, sid),
                   *action = strstr(strstr(twiml, "<Gather"), "action=\"") + strlen("action=\""),
                   *origin = url_of(HOOKS, "");
        action = unescaped(action, strcspn(action, "\""));
        posted(action + strlen(origin), line, sid,
               "&SpeechResult=Do+you+have+a+house%3F&Confidence=0.9");
        post_signed("/webhooks/twilio/status",
                    text("AccountSid=" ACCOUNT_SID "&CallSid=%s&CallStatus=completed&Direction="
                         "inbound&From=%%2B14155550177&CallDuration=3",
                         sid));
    }
    EVENTUALLY_IN(60, metric(PIPELINE, "va_conversations{}") == 0);
}

#ifdef __SANITIZE_ADDRESS__
#define GROWS_KB (1 << 20) /* what was freed is kept; what leaks is told at the end */
#else
#define GROWS_KB 4096 /* a conversation kept whole would be ten times as much */
#endif

Test(turns, by_the_hundred_leave_nothing_behind)
{
    const char *line = active_voice_agent(), *given = getenv("CONVERSATIONS");
    int n = given ? atoi(given) : 150;
    brief_calls(line, 1, n / 3);
    long kb = resident_kb(PIPELINE);
    int open = descriptors(PIPELINE);
    brief_calls(line, n / 3, n);
    cr_log_info("%d conversations: %ld kB, then %ld kB; %d descriptors, then %d", n - n / 3, kb,
                resident_kb(PIPELINE), open, descriptors(PIPELINE));
    cr_expect_lt(resident_kb(PIPELINE), kb + GROWS_KB, "%ld kB, before %ld kB",
                 resident_kb(PIPELINE), kb);
    cr_expect_leq(descriptors(PIPELINE), open + 4, "%d descriptors, before %d",
                  descriptors(PIPELINE), open);
}

/* ---- processes ---- */

Test(turns, go_on_in_another_process_that_dies_in_the_middle_of_one)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.chat\",\"kind\":\"hang\"}");
    const char *sid = ring(line, ASKS);
    EVENTUALLY(asked_of("openai.chat") == 1);
    EVENTUALLY(*sql("select 1 from call_turns where role = 'caller'"));
    world_kill(PIPELINE);
    world_start(PIPELINE);
    const char *call = good_call(sid);
    expect_said(call, "bedroom");
    cr_expect_str_eq(
        sql("select count(*) from call_turns where role = 'caller' and text like 'Do you%%'"), "1");
}

/* It holds the conversation, is not dead, and answers nothing. */
Test(turns, are_answered_in_time_while_the_pipeline_stands_still)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.chat\",\"kind\":\"hang\"}");
    const char *sid = ring(line, ASKS_AND_LEAVES_WORD);
    EVENTUALLY(asked_of("openai.chat") == 1);
    world_signal(PIPELINE, SIGSTOP);
    EVENTUALLY(strstr(network_call(sid), "One moment, please."));
    world_signal(PIPELINE, SIGCONT);
    expect_said(good_call(sid), "I'm having some trouble right now.");
    EVENTUALLY(*sql("select 1 from call_turns where text = 'Please ask her to call me.'"));
}

Test(turns, begin_with_the_disclosure_even_without_anybody_to_think)
{
    const char *line = active_voice_agent();
    configure("{\"language\":\"fr-FR\",\"voice_speed\":\"fast\"}");
    documents(line, SID_OF("1"));
    hung_up(SID_OF("1"));
    world_stop(PIPELINE);
    const char *twiml = posted("/webhooks/twilio/voice", line, SID_OF("2"), "");
    cr_expect(strstr(twiml, "<Response><Say voice=\"Polly.Celine\" language=\"fr-FR\"><prosody "
                            "rate=\"115%\">Vous parlez avec un assistant IA."),
              "%s", twiml);
    world_start(PIPELINE);
}

TestSuite(turns_kept, .init = world_up_own_postgres, .fini = world_down, .timeout = 90);

Test(turns_kept, without_a_database_are_stored_when_it_is_back)
{
    const char *line = active_voice_agent();
    good_call(ring(line, "{\"say\":[]}"));
    postgres_kill(world_postgres());
    const char *sid = ring(line, "curious"), *call = good_call(sid);
    expect_said(call, "You are speaking with an AI assistant");
    postgres_start(world_postgres());
    for (int p = GATEWAY; p < PROCESSES; p++)
        EVENTUALLY_IN(40, world_ready((enum process)p));
    expect_true_call(sid);
    expect_true_transcript(sid);
    expect_degraded(sid, "database");
    cr_expect_str_eq(sql("select count(*) from turns_waiting"), "0");
    EVENTUALLY(strstr(sql("select transcript from calls where twilio_call_sid = '%s'", sid),
                      "any apartments for sale?"));
}
