/* The OpenAI client against a peer that streams what the test says, and leaves when it likes. */
#include "base/buf.h"
#include "base/clock.h"
#include "io/js.h"
#include "loop/mailbox.h"
#include "voice/openai.h"
#include "voice/wav.h"
#include "world_peer.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

TestSuite(openai, .timeout = 20);

#define SSE "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define TEXT(t)                                                                                    \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" t                                 \
    "\"},\"finish_reason\":null}]}\n\n"
#define FINISH(f) "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" f "\"}]}\n\n"
#define DONE      "data: [DONE]\n\n"
#define TOOL(t)                                                                                    \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[" t                               \
    "]},\"finish_reason\":null}]}\n\n"

static const char *answer;
static size_t answer_n; /* 0: strlen */

static void serve_answer(int fd)
{
    peer_request(fd);
    for (size_t at = 0, n = answer_n ? answer_n : strlen(answer); at < n; at += 7)
        if (write(fd, answer + at, n - at < 7 ? n - at : 7) <= 0)
            return;
}

struct talk {
    struct mailbox box;
    struct buf log; /* text, <tool calls>, then |err finish code */
    struct openai_stream *x;
    bool cancel;
    int ends;
    long long tokens;
    struct wav_format format;
};
static struct talk talk;

static void on_text(void *arg, const char *text, size_t n)
{
    struct talk *k = arg;
    buf_put(&k->log, text, n);
    if (k->cancel) {
        openai_cancel(k->x);
        mailbox_post(&k->box, 1, NULL, 0);
    }
}

static void on_tool(void *arg, const char *id, const char *name, const char *arguments)
{
    struct talk *k = arg;
    buf_printf(&k->log, "<%s %s %s>", id, name, arguments);
}

static void on_end(void *arg, const struct openai_end *end)
{
    struct talk *k = arg;
    k->ends++;
    k->tokens = end->prompt_tokens * 1000 + end->completion_tokens;
    buf_printf(&k->log, "|%s %s %s", end->err ? err_name(end->err) : "OK", end->finish, end->code);
    mailbox_post(&k->box, 1, NULL, 0);
}

static void on_format(void *arg, const struct wav_format *f)
{
    struct talk *k = arg;
    k->format = *f;
}

static const struct chat_h chat_handlers = {on_text, on_tool, on_end};
static const struct speech_h speech_handlers = {on_format, on_text, on_end};

static void await_the_end(void)
{
    struct event *ev = await_event(&talk.box, clock_ms() + 10000);
    cr_assert_not_null(ev);
    event_free(ev);
    mailbox_fini(&talk.box);
}

static struct openai server_of(struct scope *s)
{
    return (struct openai){arena_printf(s->arena, "http://127.0.0.1:%d/v1/", peer_port), "sk-test",
                           "max_tokens"};
}

static void chat(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 10000);
    struct openai ai = server_of(&s);
    struct js *messages = js_array(&s), *m = js_object(&s);
    js_set_text(m, "role", "user");
    js_set_text(m, "content", "hi");
    js_push(messages, m);
    mailbox_init(&talk.box, 8);
    struct chat_ask ask = {.model = "m1", .messages = messages, .max_tokens = 50, .usage = true};
    talk.x = openai_chat(&s, &ai, &ask, &chat_handlers, &talk);
    scope_fini(&s);
    await_the_end();
    if (talk.cancel)
        await_sleep(50); /* time for a callback that must not come */
}

static void run_with(const char *text, task_fn *fn)
{
    answer = text;
    talk.log = BUF(65536);
    peer_start(serve_answer);
    peer_run(fn);
    peer_stop();
}

static void expect_talk(const char *text, const char *log)
{
    run_with(text, chat);
    cr_expect_str_eq(talk.log.p, log);
    cr_expect_eq(talk.ends, 1);
    buf_free(&talk.log);
}

Test(openai, a_chat_streams_its_text)
{
    expect_talk(
        SSE ": hello\n\ndata: "
            "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n" TEXT("Hel")
                TEXT("lo.") FINISH("stop") "data: "
                                           "{\"choices\":[],\"usage\":{\"prompt_tokens\":61,"
                                           "\"completion_tokens\":14}}\n\n" DONE,
        "Hello.|OK stop ");
    cr_expect_eq(talk.tokens, 61014);
    cr_expect(strncmp(peer_last, "POST /v1/chat/completions ", 26) == 0);
    cr_expect(strstr(peer_last, "\r\nAuthorization: Bearer sk-test\r\n") != NULL);
    cr_expect(strstr(peer_last, "\"max_tokens\":50") && strstr(peer_last, "\"stream\":true"));
}

Test(openai, tool_calls_are_put_together_by_index)
{
    expect_talk(
        SSE TOOL("{\"index\":1,\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"two\","
                 "\"arguments\":\"\"}}") TOOL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":"
                                              "\"one\",\"arguments\":\"{\\\"x\"}},"
                                              "{\"index\":1,\"function\":{\"arguments\":\"{}\"}}")
            TOOL("{\"index\":0,\"function\":{\"arguments\":\"\\\":1}\"}}") FINISH("tool_calls")
                DONE,
        "<a one {\"x\":1}><b two {}>|OK tool_calls ");
}

Test(openai, a_stream_without_its_end_mark_is_interrupted)
{
    expect_talk(
        SSE TEXT("Half a")
            TOOL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"one\",\"arguments\":\"{}\"}}"),
        "Half a|UPSTREAM  ");
}

Test(openai, an_error_inside_a_good_stream_is_an_error)
{
    expect_talk(
        SSE TEXT(
            "Well") "data: "
                    "{\"error\":{\"message\":\"overloaded\",\"code\":\"server_error\"}}\n\n" DONE,
        "Well|UPSTREAM  server_error");
}

Test(openai, an_event_that_is_no_json_is_an_error)
{
    expect_talk(SSE TEXT("Well") "data: {oops\n\n" DONE, "Well|UPSTREAM  ");
}

#define ERROR_ANSWER(status, body)                                                                 \
    "HTTP/1.1 " status "\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n" body

Test(openai, a_rate_limit_is_not_an_empty_purse)
{
    expect_talk(
        ERROR_ANSWER(
            "429 No",
            "{\"error\":{\"message\":\"m\",\"type\":\"x\",\"code\":\"rate_limit_exceeded\"}}"),
        "|LIMITED  rate_limit_exceeded");
    talk = (struct talk){0};
    expect_talk(
        ERROR_ANSWER("429 No", "{\"error\":{\"message\":\"m\",\"code\":\"insufficient_quota\"}}"),
        "|FORBIDDEN  insufficient_quota");
}

Test(openai, errors_of_every_shape_are_understood)
{
    static const struct {
        const char *answer, *log;
    } cases[] = {
        {ERROR_ANSWER("400 No", "{\"error\":\"text\"}"), "|UNPROCESSABLE  "},
        {ERROR_ANSWER("422 No", "{\"detail\":[{\"msg\":\"field required\"}]}"), "|UNPROCESSABLE  "},
        {ERROR_ANSWER("404 No", "{\"object\":\"error\",\"message\":\"no model\",\"code\":40401}"),
         "|UNPROCESSABLE  40401"},
        {ERROR_ANSWER("502 No", "<html>"), "|UPSTREAM  "},
        {ERROR_ANSWER("503 No", ""), "|BUSY  "},
        {ERROR_ANSWER("401 No", "[1]"), "|FORBIDDEN  "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        talk = (struct talk){0};
        expect_talk(cases[i].answer, cases[i].log);
    }
}

Test(openai, barge_in_ends_everything_at_once)
{
    talk.cancel = true;
    run_with(SSE TEXT("One") TEXT("Two") TEXT("Three") DONE, chat);
    cr_expect_str_eq(talk.log.p, "One");
    cr_expect_eq(talk.ends, 0);
    buf_free(&talk.log);
}

/* ---- speech ---- */

#define AUDIO "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n"
#define WAV_24K                                                                                    \
    "RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0"       \
    "data\xff\xff\xff\xff"

static void say(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 10000);
    struct openai ai = server_of(&s);
    mailbox_init(&talk.box, 8);
    struct speech_ask ask = {
        .model = "tts", .voice = "nova", .input = "Hello \"you\".", .speed = 1.15};
    talk.x = openai_speech(&s, &ai, &ask, &speech_handlers, &talk);
    scope_fini(&s);
    await_the_end();
}

static void expect_speech(const char *bytes, size_t n, const char *log)
{
    answer_n = n;
    run_with(bytes, say);
    cr_expect_str_eq(talk.log.p, log);
    buf_free(&talk.log);
}

Test(openai, speech_streams_its_samples)
{
    static const char good[] = AUDIO WAV_24K "abcdefgh";
    expect_speech(good, sizeof good - 1, "abcdefgh|OK  ");
    cr_expect_eq(talk.format.rate, 24000);
    cr_expect(strstr(peer_last, "\"response_format\":\"wav\"") != NULL);
}

Test(openai, speech_without_sound_is_an_error)
{
    static const char empty[] = AUDIO WAV_24K, mp3[] = AUDIO "ID3 no wav at all";
    expect_speech(empty, sizeof empty - 1, "|UPSTREAM  ");
    expect_speech(mp3, sizeof mp3 - 1, "|UPSTREAM  ");
    expect_speech(AUDIO, strlen(AUDIO), "|UPSTREAM  ");
}

/* A rate of its own, and 0xFFFFFFFF where the sizes should be. */
Test(openai, speech_of_another_rate_says_so)
{
    static const char good[] = AUDIO
        "RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0"
        "LIST\x04\0\0\0INFOdata\xff\xff\xff\xff"
        "abcd";
    expect_speech(good, sizeof good - 1, "abcd|OK  ");
    cr_expect_eq(talk.format.rate, 22050);
}

Test(openai, speech_that_fails_with_a_detail_says_which)
{
    static const char no[] = ERROR_ANSWER("404 No", "{\"detail\":\"Voice nova is not supported\"}");
    expect_speech(no, sizeof no - 1, "|UNPROCESSABLE  ");
}

/* ---- look-alikes: what each does otherwise ---- */

Test(openai, tool_calls_that_come_whole_and_all_under_one_index_stay_apart)
{
    expect_talk(
        SSE TOOL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"one\",\"arguments\":\"{}\"}}")
            TOOL("{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"two\",\"arguments\":\"{}\"}}")
                FINISH("tool_calls") DONE,
        "<a one {}><b two {}>|OK tool_calls ");
}

Test(openai, thoughts_beside_the_answer_are_not_said)
{
    expect_talk(
        SSE "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"Let me think\"}}]}\n\n"
            "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\",\"content\":\"\"}}]}\n\n" TEXT(
                "Yes.") "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
                        "\"stop\"}],\"timings\":{\"prompt_n\":3}}\n\n" DONE,
        "Yes.|OK stop ");
}

Test(openai, a_model_that_is_still_loading_is_busy_not_broken)
{
    expect_talk(ERROR_ANSWER("503 No", "{\"error\":{\"code\":503,\"message\":\"Loading model\","
                                       "\"type\":\"unavailable_error\"}}"),
                "|BUSY  503");
}

static const char *tool_choice;

static void chat_with_tools(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 10000);
    struct openai ai = server_of(&s);
    ai.tool_choice = tool_choice;
    struct js *messages = js_array(&s), *m = js_object(&s), *tools = js_array(&s);
    js_set_text(m, "role", "user");
    js_set_text(m, "content", "hi");
    js_push(messages, m);
    js_push(tools, js_object(&s));
    mailbox_init(&talk.box, 8);
    struct chat_ask ask = {.model = "m1", .messages = messages, .tools = tools};
    talk.x = openai_chat(&s, &ai, &ask, &chat_handlers, &talk);
    scope_fini(&s);
    await_the_end();
}

Test(openai, which_tool_to_choose_is_only_said_to_servers_that_want_it)
{
    run_with(SSE TEXT("Yes.") FINISH("stop") DONE, chat_with_tools);
    cr_expect(strstr(peer_last, "\"tools\":[") && !strstr(peer_last, "tool_choice"), "%s",
              peer_last);
    buf_free(&talk.log);
    tool_choice = "auto";
    run_with(SSE TEXT("Yes.") FINISH("stop") DONE, chat_with_tools);
    cr_expect(strstr(peer_last, "\"tool_choice\":\"auto\""), "%s", peer_last);
    buf_free(&talk.log);
}

/* ---- transcription ---- */

static struct transcript transcript;
static struct openai_end ended;
static enum err outcome;
static bool verbose;
static char heard_text[256];

static void transcribe(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 10000);
    struct openai ai = server_of(&s);
    struct transcribe_ask ask = {.model = "whisper-1",
                                 .wav = "RIFF of some kind",
                                 .wav_n = 17,
                                 .language = "pt-BR",
                                 .hints = "Elm Street",
                                 .verbose = verbose};
    outcome = await_transcribe(&s, &ai, &ask, &transcript, &ended);
    snprintf(heard_text, sizeof heard_text, "%s/%zu", transcript.text ? transcript.text : "",
             transcript.n);
    for (size_t i = 0; i < transcript.n; i++)
        snprintf(heard_text + strlen(heard_text), sizeof heard_text - strlen(heard_text),
                 " %d-%d %s %.1f", transcript.segments[i].start_ms, transcript.segments[i].end_ms,
                 transcript.segments[i].text, transcript.segments[i].no_speech);
    scope_fini(&s);
}

#define JSON_ANSWER(body)                                                                          \
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n" body

Test(openai, a_recording_is_uploaded_as_a_form_and_its_text_comes_back)
{
    run_with(JSON_ANSWER("{\"text\":\" Hello. \",\"usage\":{\"type\":\"duration\"}}"), transcribe);
    cr_expect_eq(outcome, OK);
    cr_expect_str_eq(heard_text, " Hello. /0");
    cr_expect(strncmp(peer_last, "POST /v1/audio/transcriptions ", 30) == 0);
    cr_expect(strstr(peer_last, "name=\"language\"\r\n\r\npt\r\n"), "%s", peer_last);
    cr_expect(strstr(peer_last, "name=\"response_format\"\r\n\r\njson\r\n"), "%s", peer_last);
    cr_expect(strstr(peer_last, "name=\"prompt\"\r\n\r\nElm Street\r\n"), "%s", peer_last);
    cr_expect(
        strstr(peer_last, "filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF of"),
        "%s", peer_last);
}

Test(openai, segments_bring_their_times_and_doubts)
{
    verbose = true;
    run_with(
        JSON_ANSWER("{\"text\":\"A. B.\",\"language\":\"english\",\"duration\":3.5,\"segments\":["
                    "{\"id\":0,\"start\":0.0,\"end\":1.25,\"text\":\"A.\",\"no_speech_prob\":0.1},"
                    "{\"id\":1,\"start\":2,\"end\":3.5,\"text\":\"B.\",\"no_speech_prob\":0.9}]}"),
        transcribe);
    cr_expect_str_eq(heard_text, "A. B./2 0-1250 A. 0.1 2000-3500 B. 0.9");
    cr_expect(strstr(peer_last, "\r\n\r\nverbose_json\r\n"), "%s", peer_last);
}

Test(openai, an_answer_without_text_is_no_transcription)
{
    static const struct {
        const char *answer;
        enum err err;
    } cases[] = {
        {JSON_ANSWER(""), ERR_UPSTREAM},
        {JSON_ANSWER("{\"usage\":{}}"), ERR_UPSTREAM},
        {JSON_ANSWER("{\"error\":{\"message\":\"m\"}}"), ERR_UPSTREAM},
        {JSON_ANSWER("<html>"), ERR_UPSTREAM},
        {ERROR_ANSWER("404 No", "{\"detail\":\"Model 'whisper-1' is not installed locally.\"}"),
         ERR_UNPROCESSABLE},
        {ERROR_ANSWER("413 No", "too large"), ERR_UNPROCESSABLE},
        {ERROR_ANSWER("503 No", "{\"error\":{\"message\":\"Loading model\",\"code\":503}}"),
         ERR_BUSY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run_with(cases[i].answer, transcribe);
        cr_expect_eq(outcome, cases[i].err, "%zu: %s", i, err_name(outcome));
        cr_expect_eq(ended.err, cases[i].err, "%zu: %s", i, err_name(ended.err));
    }
}

/* ---- a whole answer ---- */

static const char *told;

static void chat_whole(void *arg)
{
    (void)arg;
    static char copy[256];
    struct scope s;
    scope_init(&s, 10000);
    struct openai ai = server_of(&s);
    struct js *messages = js_array(&s), *m = js_object(&s), *format = js_object(&s);
    js_set_text(m, "role", "user");
    js_set_text(m, "content", "hi");
    js_push(messages, m);
    js_set_text(format, "type", "json_object");
    struct chat_ask ask = {.model = "m1", .messages = messages, .response_format = format};
    const char *words = NULL;
    outcome = await_chat(&s, &ai, &ask, &words, &ended);
    snprintf(copy, sizeof copy, "%s", words ? words : "(none)");
    told = copy;
    scope_fini(&s);
}

Test(openai, a_whole_answer_needs_no_stream)
{
    run_with(JSON_ANSWER("{\"choices\":[{\"message\":{\"content\":\"{\\\"a\\\":1}\","
                         "\"reasoning_content\":\"hm\"},\"finish_reason\":\"stop\"}],"
                         "\"usage\":{\"prompt_tokens\":7}}"),
             chat_whole);
    cr_expect_eq(outcome, OK);
    cr_expect_str_eq(told, "{\"a\":1}");
    cr_expect_eq(ended.prompt_tokens, 7);
    cr_expect(strstr(peer_last, "\"response_format\":{\"type\":\"json_object\"}"), "%s", peer_last);
    cr_expect_null(strstr(peer_last, "\"stream\""));
}

Test(openai, a_whole_answer_without_words_is_an_error)
{
    run_with(JSON_ANSWER("{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"no\"}}]}"),
             chat_whole);
    cr_expect_eq(outcome, ERR_UPSTREAM);
    run_with(JSON_ANSWER("{\"choices\":[]}"), chat_whole);
    cr_expect_eq(outcome, ERR_UPSTREAM);
}
