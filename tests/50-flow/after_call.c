/* What is made of a call once it is over: the recording in words, a summary, what the caller wants. */
#include "truth.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void quick(void)
{
    world_set("SANDBOX_SPEED", "60");
    world_set("PROVIDER_PAUSE_MS", "300");
    world_up();
}

TestSuite(after_call, .init = quick, .fini = world_down, .timeout = 90);

static const char *show(const char *call)
{
    struct answer a =
        ask("GET", API, login("agent@demo.test"), text("/agent/calls/%s", call), NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    return a.body;
}

static const char *state(const char *call)
{
    return sql("select transcription || ' ' || summarized from call_results where call_id = '%s'",
               call);
}

static void fault(const char *rule)
{
    struct answer a = ask("POST", TELEPHONE, NULL, "/sandbox/faults", rule);
    cr_assert_lt(a.status, 300, "%s", a.body);
}

static const char *quote_of(const char *shown, const char *name)
{
    const char *quote = field(shown, text("extracted.%s.quote", name));
    return quote ? quote : "";
}

Test(after_call, a_call_is_summed_up_and_its_recording_put_into_words)
{
    const char *sid = ring(active_voice_agent(), "buyer"), *over = call_over(sid),
               *call = call_id(sid);
    EVENTUALLY(strcmp(state(call), "done done") == 0);
    const char *shown = show(call);
    cr_expect_str_eq(field(shown, "outcome"), "viewing_booked", "%s", shown);
    cr_expect_str_eq(field(shown, "transcription"), "done");
    cr_expect(strstr(field(shown, "summary"), "Anna Weber"), "%s", shown);
    cr_expect_str_eq(field(shown, "extracted.name.value"), "Anna Weber");
    cr_expect_str_eq(field(shown, "extracted.intent.value"), "buy");
    cr_expect_str_eq(field(shown, "extracted.budget.value"), "500000");
    cr_expect(strstr(quote_of(shown, "viewing"), "Tuesday"), "%s", shown);
    cr_expect_null(field(shown, "extracted.callback.value"), "%s", shown);

    /* Both sides, each with its role, beside the turns that are still there. */
    const char *words = sql("select string_agg(role || ': ' || text, E'\\n' order by seq) from "
                            "call_segments where call_id = '%s'",
                            call);
    cr_expect(strstr(words, "caller: My name is Anna Weber."), "%s", words);
    cr_expect(strstr(words, "agent: "), "%s", words);
    cr_expect_str_eq(sql("select count(*) from call_segments g join call_turns t on t.call_id = "
                         "g.call_id and t.seq = g.turn_seq where g.role <> t.role"),
                     "0");
    cr_expect_str_eq(sql("select count(*) > 2 from call_segments where turn_seq is not null"), "t",
                     "%s", words);
    cr_expect_str_eq(sql("select bool_and(start_ms < end_ms) from call_segments"), "t");
    cr_expect_str_eq(
        sql("select count(*) from call_turns where call_id = '%s' and role = 'caller'", call),
        text("%d", lines_of(over, "caller")));
}

Test(after_call, what_comes_of_it_is_nobody_elses)
{
    const char *sid = ring(active_voice_agent(), "buyer"), *call = (call_over(sid), call_id(sid));
    EVENTUALLY(strcmp(state(call), "done done") == 0);
    const char *path = text("/agent/calls/%s", call);
    cr_expect_eq(ask("GET", API, login("agent2@demo.test"), path, NULL).status, 404);
    cr_expect_eq(ask("GET", API, login("admin@demo.test"), path, NULL).status, 403);
    cr_expect_str_eq(sql("select bool_or(has_table_privilege('va_admin', t, 'select')) from "
                         "unnest(array['call_results', 'call_segments']) t"),
                     "f");
    struct answer a = ask("GET", API, login("admin@demo.test"), "/admin/calls", NULL);
    cr_expect_null(strstr(a.body, "Anna"), "%s", a.body);
}

Test(after_call, a_call_without_words_says_so_and_asks_no_model)
{
    const char *sid = ring(active_voice_agent(), "silent"), *call = (call_over(sid), call_id(sid));
    EVENTUALLY_IN(40, strstr(state(call), " done") != NULL);
    const char *shown = show(call);
    cr_expect_str_eq(field(shown, "outcome"), "no_conversation", "%s", shown);
    cr_expect_null(field(shown, "extracted.name.value"));
    cr_expect_str_eq(sql("select count(*) from call_segments where role = 'caller'"), "0");
}

/* What is due later is due soon. */
static const char *state_soon(const char *call)
{
    sql("update outbox set not_before = now() + interval '1 s' where sent_at is null and "
        "not_before > now() + interval '1 s'");
    return state(call);
}

Test(after_call, a_model_that_fails_is_asked_again_later)
{
    const char *sid = ring(active_voice_agent(), "buyer");
    call_over(sid);
    fault("{\"api\":\"openai.chat\",\"kind\":\"status\",\"status\":500,\"times\":1}");
    fault("{\"api\":\"openai.transcriptions\",\"kind\":\"garbage\",\"times\":3}");
    const char *call = call_id(sid);
    EVENTUALLY_IN(60, strcmp(state_soon(call), "done done") == 0);
    cr_expect_str_eq(field(show(call), "extracted.name.value"), "Anna Weber");
    cr_expect_str_eq(
        sql("select count(*) from call_segments group by call_id, seq having count(*) > 1"), "");
}

Test(after_call, what_fails_six_times_is_given_up_and_says_so)
{
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.transcriptions\",\"kind\":\"status\",\"status\":500,\"times\":0}");
    const char *sid = ring(line, "curious"), *call = (call_over(sid), call_id(sid));
    EVENTUALLY_IN(60, strcmp(state_soon(call), "failed done") == 0);
    const char *shown = show(call);
    cr_expect_str_eq(field(shown, "transcription"), "failed", "%s", shown);
    cr_expect_str_eq(sql("select transcription_tries from call_results"), "6");
    cr_expect_str_eq(sql("select count(*) from call_segments"), "0");
    cr_expect_gt(strlen(field(shown, "summary")), 0, "of what was heard live: %s", shown);
}

/* A model may say anything; what the caller did not say is not kept. */
Test(after_call, what_the_caller_did_not_say_is_not_kept)
{
    const char *sid = ring(active_voice_agent(), "curious"), *call = (call_over(sid), call_id(sid));
    fault("{\"api\":\"openai.chat\",\"kind\":\"status\",\"status\":200,\"times\":1,\"body\":"
          "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":"
          "\"{\\\"summary\\\":\\\"They talked.\\\",\\\"outcome\\\":\\\"transferred\\\","
          "\\\"name\\\":{\\\"value\\\":\\\"Bob Jones\\\",\\\"quote\\\":\\\"I am Bob Jones\\\"},"
          "\\\"intent\\\":null,\\\"budget\\\":{\\\"value\\\":\\\"900000\\\",\\\"quote\\\":\\\"nine "
          "hundred "
          "thousand\\\"},\\\"property\\\":null,\\\"viewing\\\":null,\\\"callback\\\":null}\"},"
          "\"finish_reason\":\"stop\"}]}}");
    EVENTUALLY(strstr(state(call), " done") != NULL);
    const char *shown = show(call);
    cr_expect_str_eq(field(shown, "summary"), "They talked.", "%s", shown);
    cr_expect_null(field(shown, "extracted.name.value"), "%s", shown);
    cr_expect_null(field(shown, "extracted.budget.value"), "%s", shown);
    cr_expect_str_neq(field(shown, "outcome"), "transferred", "%s", shown);
}

/* A job may come any number of times. */
Test(after_call, a_job_that_comes_twice_does_nothing_the_second_time)
{
    const char *sid = ring(active_voice_agent(), "buyer"), *call = (call_over(sid), call_id(sid));
    EVENTUALLY(strcmp(state(call), "done done") == 0);
    const char *before = sql("select updated_at from call_results");
    long asked =
        length(ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=openai.*", NULL).body, "entries");
    sql("insert into outbox (exchange, routing_key, type, tenant, call_id, body) select 'va.cmd', "
        "t, t, "
        "real_estate_agent_id, call_id, jsonb_build_object('call_id', call_id) from call_results, "
        "unnest(array['call.summarize', 'recording.transcribe']) t returning 1");
    EVENTUALLY(!*sql("select 1 from outbox where sent_at is null limit 1"));
    EVENTUALLY(length(ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=openai.*", NULL).body,
                      "entries") == asked);
    cr_expect_str_eq(sql("select updated_at from call_results"), before);
}

/* ---- servers that are configured otherwise ---- */

static double metric(enum process p, const char *name)
{
    const char *m = ask("GET", OPS + (int)p, NULL, "/metrics", NULL).body;
    const char *at = strstr(m, text("\n%s ", name));
    return at ? strtod(strchr(at + 1, ' '), NULL) : -1;
}

/* Nobody listens on the first one's ports; the second one is the sandbox. */
static void world_up_with_fallbacks(void)
{
    static const char *const roles[] = {"LLM", "STT", "TTS"};
    quick();
    world_stop(PIPELINE);
    for (size_t i = 0; i < 3; i++) {
        world_set(text("%s_BASE_URL", roles[i]), "http://127.0.0.1:9/v1");
        world_set(text("%s_FALLBACK_KEY", roles[i]), "sk-of-another-house");
        world_set(text("%s_FALLBACK_URL", roles[i]), url_of(TELEPHONE, "/v1"));
    }
    world_set("TTS_FALLBACK_VOICES", "female=af_heart,male=am_michael");
    world_set("LLM_JSON", "text");
    world_set("STT_FORMAT", "json");
    world_start(PIPELINE);
}

Test(fallback, a_second_server_takes_over_and_nobody_hears_of_it, .init = world_up_with_fallbacks,
     .fini = world_down, .timeout = 90)
{
    const char *sid = ring(active_voice_agent(), "buyer"), *over = call_over(sid),
               *call = call_id(sid);
    cr_expect_eq(bad_documents(over) + lines_of(over, "network"), 0, "%s", over);
    expect_true_transcript(sid);
    EVENTUALLY_IN(40, strcmp(state(call), "done done") == 0);
    const char *shown = show(call);
    cr_expect_str_eq(field(shown, "extracted.name.value"), "Anna Weber", "%s", shown);
    cr_expect_str_eq(field(shown, "outcome"), "viewing_booked", "%s", shown);
    cr_expect_str_neq(sql("select count(*) from call_segments where role = 'caller'"), "0");

    cr_expect_eq(metric(PIPELINE, "va_provider_probe_ok{provider=\"llm\"}"), 0);
    cr_expect_eq(metric(PIPELINE, "va_provider_probe_ok{provider=\"llm-fallback\"}"), 1);
    cr_expect_gt(
        metric(PIPELINE, "va_provider_requests_total{provider=\"llm\",result=\"upstream_failed\"}"),
        0);
    cr_expect_eq(metric(PIPELINE, "va_provider_open{provider=\"llm-fallback\"}"), 0);
    cr_expect_gt(
        metric(PIPELINE, "va_provider_requests_total{provider=\"tts-fallback\",result=\"ok\"}"), 3);
    cr_expect_gt(
        metric(PIPELINE, "va_provider_requests_total{provider=\"stt-fallback\",result=\"ok\"}"), 0);
    struct answer a = ask("GET", TELEPHONE, NULL, "/sandbox/ledger?api=openai.speech", NULL);
    cr_expect_gt(length(a.body, "entries"), 3);
}

/* Nobody waits for what is known to be down; one request after a pause finds that it is back. */
Test(fallback, a_server_that_is_down_is_left_alone_until_it_is_back, .init = quick,
     .fini = world_down, .timeout = 90)
{
    static const char open[] = "va_provider_open{provider=\"tts\"}";
    const char *line = active_voice_agent();
    fault("{\"api\":\"openai.speech\",\"kind\":\"status\",\"status\":500,\"times\":0}");
    const char *over = call_over(ring(line, "buyer"));
    cr_expect_eq(bad_documents(over) + lines_of(over, "network"), 0, "%s", over);
    cr_expect_eq(metric(PIPELINE, open), 1);
    cr_assert_lt(ask("DELETE", TELEPHONE, NULL, "/sandbox/faults", NULL).status, 300);
    EVENTUALLY_IN(60, (call_over(ring(line, "curious")), metric(PIPELINE, open) == 0));
    cr_expect_gt(metric(PIPELINE, "va_provider_requests_total{provider=\"tts\",result=\"ok\"}"), 0);
}
