/* The sandbox's Realtime API, seen by a client of io/ws. */
#include "base/clock.h"
#include "base/log.h"
#include "io/crypto.h"
#include "io/httpc.h"
#include "io/js.h"
#include "io/ws.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "world.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE  30000
#define PIECE     1600
#define SILENCE_N 12000
#define QUESTION  "Do you have a house with three bedrooms?"

enum { OPENED = 1, CAME, CLOSED };

static struct ws *ws;
static struct mailbox came;
static unsigned closed_code;

static void up(void)
{
    world_up_empty();
    world_start(SANDBOX);
    ask("PUT", TELEPHONE, NULL, "/sandbox/latency",
        "{\"first_token_ms\":0,\"speech_first_byte_ms\":0,\"speech_ms_per_second\":0,"
        "\"transcription_ms\":50}");
}

TestSuite(sandbox_realtime, .init = up, .fini = world_down, .timeout = 120);

/* ---- a client ---- */

static void on_open(void *arg)
{
    (void)arg;
    mailbox_post(&came, OPENED, "", 0);
}

static void on_text(void *arg, const char *p, size_t n)
{
    (void)arg;
    cr_assert(mailbox_post(&came, CAME, p, n));
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    (void)arg, (void)why;
    ws = NULL;
    closed_code = code;
    mailbox_post(&came, CLOSED, "", 0);
}

static void dial(const char *path, const char *more)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    const char *headers[] = {"Authorization: Bearer sk-test", more, NULL};
    ws = ws_connect(
        &(struct ws_to){.url = text("ws%s", url_of(TELEPHONE, path) + 4), .headers = headers},
        &(struct ws_limits){.message_max = 1u << 20}, &handlers, NULL);
}

/* The next event of that type; those before it are passed over. */
static const char *await_type(const char *type)
{
    uint64_t deadline = clock_ms() + PATIENCE;
    const char *wanted = text("{\"type\":\"%s\",", type);
    for (struct event *ev; (ev = await_event(&came, deadline)); event_free(ev)) {
        if (ev->kind != CAME || strncmp(ev->data, wanted, strlen(wanted)) != 0)
            continue;
        const char *found = text("%s", ev->data);
        event_free(ev);
        return found;
    }
    cr_assert_fail("no %s", type);
    return NULL;
}

static void tell(const char *event)
{
    cr_assert(ws);
    cr_assert_eq(ws_send(ws, event, strlen(event)), OK);
}

static void await_error(const char *event, const char *code, const char *message)
{
    tell(event);
    const char *error = await_type("error");
    cr_expect_str_eq(field(error, "error.code"), code, "%s", error);
    cr_expect(strstr(field(error, "error.message"), message), "%s", error);
}

#define SESSION(rest) "{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\"" rest "}}"
#define PCMU          "{\"format\":{\"type\":\"audio/pcmu\"}"
#define TOOLS                                                                                      \
    ",\"tools\":[{\"type\":\"function\",\"name\":\"search_properties\",\"description\":\"d\","     \
    "\"parameters\":{\"type\":\"object\"}}]"

static void await_session(const char *tools)
{
    dial("/v1/realtime?model=gpt-realtime", NULL);
    cr_expect_str_eq(field(await_type("session.created"), "session.type"), "realtime");
    tell(text("{\"type\":\"session.update\",\"session\":{\"type\":\"realtime\",\"instructions\":"
              "\"You are Vera.\",\"audio\":{\"input\":" PCMU
              ",\"transcription\":{\"model\":\"whisper-1\"}},\"output\":" PCMU "}}%s}}",
              tools));
    cr_expect_str_eq(field(await_type("session.updated"), "session.audio.input.format.type"),
                     "audio/pcmu");
}

static uint8_t encoded(int sample)
{
    int sign = sample < 0 ? 0x80 : 0, exponent = 7, magnitude = abs(sample) + 132;
    magnitude = magnitude > 32767 ? 32767 : magnitude;
    while (exponent && !(magnitude & 0x80 << exponent))
        exponent--;
    return (uint8_t) ~(sign | exponent << 4 | (magnitude >> (exponent + 3) & 15));
}

static void append(const uint8_t *mulaw, size_t n)
{
    char base64[4 * (PIECE + 3) / 3 + 4];
    for (size_t at = 0; at < n; at += PIECE) {
        base64_encode(mulaw + at, n - at < PIECE ? n - at : PIECE, base64);
        tell(text("{\"type\":\"input_audio_buffer.append\",\"audio\":\"%s\"}", base64));
    }
}

static void append_silence(void)
{
    static uint8_t silence[SILENCE_N];
    memset(silence, 0xff, sizeof silence);
    append(silence, sizeof silence);
}

static void await_speaking(const char *words)
{
    struct http_ask order = {.method = "POST",
                             .url = url_of(TELEPHONE, "/v1/audio/speech"),
                             .bearer = "sk-test",
                             .type = "application/json",
                             .body = text("{\"model\":\"tts-1\",\"voice\":\"caller-man\",\"input\":"
                                          "\"%s\",\"response_format\":\"pcm\"}",
                                          words),
                             .max_answer = 8u << 20};
    struct http_answer a;
    struct scope s;
    scope_init_sized(&s, PATIENCE, 32u << 20);
    cr_assert_eq(await_http(&s, &order, &a), OK);
    uint8_t *mulaw = arena_alloc(s.arena, a.n / 6 + 1);
    for (size_t i = 0; i < a.n / 6; i++) {
        int16_t three[3];
        memcpy(three, a.body + 6 * i, sizeof three);
        mulaw[i] = encoded((three[0] + three[1] + three[2]) / 3);
    }
    append_silence();
    append(mulaw, a.n / 6);
    append_silence();
    scope_fini(&s);
}

static task_fn *scenario;

static void run(void *arg)
{
    scenario(arg);
    ws_close(ws, WS_NORMAL, "");
    await_sleep(50);
    loop_stop();
}

static void on_a_loop(task_fn *fn)
{
    scenario = fn;
    log_open("test", "error");
    loop_open();
    httpc_open("test/1");
    mailbox_init(&came, 10000);
    task_spawn("scenario", run, NULL);
    loop_run();
}

/* ---- what it refuses ---- */

static void try_wrong_ones(void *arg)
{
    (void)arg;
    dial("/v1/realtime?model=gpt-realtime", NULL);
    await_type("session.created");
    await_error("{\"type\":\"session.update\",\"session\":{\"voice\":\"marin\"}}",
                "missing_required_parameter", "'session.type'");
    await_error(SESSION(",\"input_audio_format\":\"g711_ulaw\""), "unknown_parameter",
                "Unknown parameter: 'session.input_audio_format'.");
    await_error(SESSION(",\"modalities\":[\"text\"]"), "unknown_parameter", "session.modalities");
    await_error(SESSION(",\"audio\":{\"input\":{\"format\":{\"type\":\"g711_ulaw\"}}}"),
                "invalid_value", "audio/pcmu");
    await_error(SESSION(",\"output_modalities\":[\"audio\",\"text\"]"), "invalid_value",
                "modalities");
    await_error("{\"type\":\"response.cancel\"}", "response_cancel_not_active",
                "no active response");
    await_error("{\"type\":\"response.stop\"}", "invalid_value", "response.stop");
    await_error("{\"type\":\"input_audio_buffer.commit\"}", "input_audio_buffer_commit_empty",
                "100ms");
    await_error("{\"type\":", "invalid_json", "JSON");
    await_error(
        "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\","
        "\"call_id\":\"call_x\",\"output\":\"{}\"}}",
        "invalid_value", "call ID");
}

Test(sandbox_realtime, names_what_a_client_of_the_beta_or_of_none_gets_wrong)
{
    on_a_loop(try_wrong_ones);
}

static void dial_wrongly(void *arg)
{
    (void)arg;
    dial("/v1/realtime?model=gpt-realtime", "OpenAI-Beta: realtime=v1");
    while (!closed_code)
        await_sleep(20);
    cr_expect_eq(closed_code, 400);
    closed_code = 0;
    dial("/v1/realtime", NULL);
    while (!closed_code)
        await_sleep(20);
    cr_expect_eq(closed_code, 400);
}

Test(sandbox_realtime, is_no_beta_and_wants_a_model)
{
    on_a_loop(dial_wrongly);
}

/* ---- a conversation ---- */

static void converse(void *arg)
{
    (void)arg;
    await_session(TOOLS);
    await_speaking(QUESTION);
    const char *item = field(await_type("input_audio_buffer.speech_started"), "item_id");
    cr_expect_str_eq(field(await_type("input_audio_buffer.speech_stopped"), "item_id"), item);
    await_type("input_audio_buffer.committed");
    await_type("response.created");
    const char *done = await_type("response.function_call_arguments.done");
    cr_expect_str_eq(field(done, "name"), "search_properties");
    cr_expect_eq(number(field(done, "arguments"), "bedrooms"), 3);
    await_type("response.done");
    const char *words = await_type("conversation.item.input_audio_transcription.completed");
    cr_expect_str_eq(field(words, "transcript"), QUESTION);
    cr_expect_str_eq(field(words, "item_id"), item, "%s", words);
    tell(text("{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"function_call_output\","
              "\"call_id\":\"%s\",\"output\":\"{\\\"properties\\\":[{\\\"address\\\":\\\"12 Oak "
              "Street\\\",\\\"price\\\":400000,\\\"bedrooms\\\":3}],\\\"total\\\":1}\"}}",
              field(done, "call_id")));
    await_type("conversation.item.done");
    tell("{\"type\":\"response.create\"}");
    cr_expect(await_type("response.output_audio.delta"));
    const char *said = await_type("response.output_audio_transcript.done");
    cr_expect(strstr(field(said, "transcript"), "12 Oak Street"), "%s", said);
    cr_expect_str_eq(field(await_type("response.done"), "response.status"), "completed");
    const char *id = field(said, "item_id");
    await_error(text("{\"type\":\"conversation.item.truncate\",\"item_id\":\"%s\","
                     "\"content_index\":0,\"audio_end_ms\":900000}",
                     id),
                "invalid_value", "already shorter");
    tell(text("{\"type\":\"conversation.item.truncate\",\"item_id\":\"%s\",\"content_index\":0,"
              "\"audio_end_ms\":500}",
              id));
    cr_expect_eq(number(await_type("conversation.item.truncated"), "audio_end_ms"), 500);
}

Test(sandbox_realtime, hears_calls_a_tool_and_answers_from_what_that_returned)
{
    on_a_loop(converse);
}

static void talk_over(void *arg)
{
    (void)arg;
    ask("PUT", TELEPHONE, NULL, "/sandbox/latency", "{\"speech_ms_per_second\":900}");
    await_session("");
    await_speaking(QUESTION);
    await_type("response.output_audio.delta");
    await_speaking("Thank you, goodbye.");
    await_type("input_audio_buffer.speech_started");
    const char *done = await_type("response.done");
    cr_expect_str_eq(field(done, "response.status"), "cancelled", "%s", done);
    cr_expect_str_eq(field(done, "response.status_details.reason"), "turn_detected");
    await_type("response.created");
    tell("{\"type\":\"response.cancel\"}");
    done = await_type("response.done");
    cr_expect_str_eq(field(done, "response.status_details.reason"), "client_cancelled", "%s", done);
}

Test(sandbox_realtime, stops_when_it_is_talked_over_or_told_to)
{
    on_a_loop(talk_over);
}

static void fail_once(void *arg)
{
    (void)arg;
    ask("POST", TELEPHONE, NULL, "/sandbox/faults",
        "{\"api\":\"openai.realtime.response\",\"kind\":\"status\"}");
    await_session("");
    tell("{\"type\":\"response.create\"}");
    cr_expect_str_eq(field(await_type("response.done"), "response.status"), "failed");
}

Test(sandbox_realtime, fails_on_order)
{
    on_a_loop(fail_once);
}
