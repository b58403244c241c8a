/* The sandbox's end of Media Streams, seen by an agent's server that is written here. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/crypto.h"
#include "io/httpc.h"
#include "io/httpd.h"
#include "io/js.h"
#include "io/ws.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/task.h"
#include "voice/signature.h"
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE       "+14155550120"
#define PATIENCE   30000
#define FRAME_MS   20
#define LOUD_BYTES 40 /* of 160: codes far from silence */

static struct httpd *server;
static struct ws *media;
static struct mailbox came; /* what the sandbox sent, but for frames */
static char stream_sid[40], signature[64], callbacks[4096], after[1024];
static const char *document; /* what the number's VoiceUrl answers; HERE: this server */
static struct buf heard;     /* all frames */
static long frames, wrong_frames;
static uint64_t began;
static bool gone;
static unsigned gone_code;

/* ---- the agent's server ---- */

static void on_open(void *arg)
{
    (void)arg;
}

static void take_frame(struct js *j)
{
    uint8_t mulaw[200];
    const struct js *m = js_get(j, "media");
    const char *payload = js_text(js_get(m, "payload"));
    const char *chunk = js_text(js_get(m, "chunk")), *at = js_text(js_get(m, "timestamp"));
    long n = payload && strlen(payload) < 240 ? base64_decode(payload, strlen(payload), mulaw) : -1;
    bool right = n == 160 && chunk && at && atol(chunk) == frames + 1 &&
                 atol(at) == frames * FRAME_MS && js_type(js_get(m, "chunk")) == JS_TEXT;
    wrong_frames += !right;
    if (!frames++)
        began = clock_ms();
    if (n > 0)
        buf_put(&heard, mulaw, (size_t)n);
}

static void on_text(void *arg, const char *p, size_t n)
{
    struct scope s;
    struct js *j;
    (void)arg;
    scope_init(&s, 1000);
    cr_assert_eq(js_parse(&s, p, n, &j), OK, "%s", p);
    const char *event = js_text(js_get(j, "event"));
    cr_assert(event);
    if (strcmp(event, "start") == 0)
        snprintf(stream_sid, sizeof stream_sid, "%s", js_text(js_get(j, "streamSid")));
    if (strcmp(event, "media") == 0)
        take_frame(j);
    else
        mailbox_post(&came, 1, p, n);
    scope_fini(&s);
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    (void)arg, (void)why;
    media = NULL;
    gone = true;
    gone_code = code;
    mailbox_post(&came, 2, "", 0);
}

static enum err serve_media(struct req *r)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    const char *given = req_header(r, "x-twilio-signature");
    snprintf(signature, sizeof signature, "%s", given ? given : "");
    return ws_accept(r, &(struct ws_limits){0}, &handlers, NULL, &media);
}

static const char *media_url(void)
{
    return text("ws://127.0.0.1:%d/media", httpd_port(server));
}

static enum err serve_voice(struct req *r)
{
    struct buf b = buf_in(r->scope.arena, 8192);
    const char *from = document;
    for (const char *at; (at = strstr(from, "HERE")); from = at + 4)
        buf_printf(&b, "%.*s127.0.0.1:%d", (int)(at - from), from, httpd_port(server));
    buf_puts(&b, from);
    return req_reply_bytes(r, 200, "text/xml", b.p, b.n);
}

static enum err serve_after(struct req *r)
{
    snprintf(after, sizeof after, "%s", r->body);
    return req_reply_bytes(r, 200, "text/xml", "<Response/>", 11);
}

static enum err serve_status(struct req *r)
{
    size_t n = strlen(callbacks);
    snprintf(callbacks + n, sizeof callbacks - n, "%s\n", r->body);
    return req_reply_bytes(r, 200, "text/xml", "<Response/>", 11);
}

static const struct route routes[] = {
    {"POST", "/voice", 1, serve_voice},
    {"GET", "/media", 1, serve_media},
    {"POST", "/after", 1, serve_after},
    {"POST", "/stream", 1, serve_status},
};

/* ---- what a scenario does ---- */

static const char *await_message(const char *event)
{
    uint64_t deadline = clock_ms() + PATIENCE;
    for (struct event *ev; (ev = await_event(&came, deadline)); event_free(ev)) {
        if (ev->kind != 1 || !strstr(ev->data, text("\"event\":\"%s\"", event)))
            continue;
        const char *message = text("%s", ev->data);
        event_free(ev);
        return message;
    }
    cr_assert_fail("no %s", event);
    return NULL;
}

static void await_gone(void)
{
    uint64_t deadline = clock_ms() + PATIENCE;
    while (!gone && clock_left(deadline))
        await_sleep(20);
    cr_assert(gone);
}

static void await_frames(long n)
{
    uint64_t deadline = clock_ms() + PATIENCE;
    while (frames < n && !gone && clock_left(deadline))
        await_sleep(20);
    cr_assert_geq(frames, n);
}

static bool loud(long frame)
{
    int n = 0;
    for (long i = frame * 160; i < (frame + 1) * 160; i++)
        n += ((uint8_t)heard.p[i] & 0x7f) < 0x50;
    return n > LOUD_BYTES;
}

/* The person speaks: the number of its first loud frame from there on. */
static long await_voice(long from)
{
    uint64_t deadline = clock_ms() + PATIENCE;
    for (; clock_left(deadline) && !gone; await_sleep(20))
        for (; from < frames; from++)
            if (loud(from))
                return from;
    cr_assert_fail("nobody speaks");
    return 0;
}

/* And stops again: for a second nothing is heard. */
static void await_quiet(long from)
{
    long last = from;
    for (; frames < last + 50; await_sleep(20))
        for (; from < frames; from++)
            last = loud(from) ? from : last;
}

static void send_text(const char *message)
{
    cr_assert(media);
    cr_assert_eq(ws_send(media, message, strlen(message)), OK);
}

static void mark(const char *name)
{
    send_text(text("{\"event\":\"mark\",\"streamSid\":\"%s\",\"mark\":{\"name\":\"%s\"}}",
                   stream_sid, name));
}

static void clear(void)
{
    send_text(text("{\"event\":\"clear\",\"streamSid\":\"%s\"}", stream_sid));
}

static uint8_t encoded(int sample)
{
    int sign = sample < 0 ? 0x80 : 0, exponent = 7, magnitude = abs(sample);
    magnitude = (magnitude > 32635 ? 32635 : magnitude) + 132;
    while (exponent && !(magnitude & 0x80 << exponent))
        exponent--;
    return (uint8_t) ~(sign | exponent << 4 | (magnitude >> (exponent + 3) & 15));
}

/* By the sandbox's own voice, all at once. -> its length in ms */
static long say(const char *words)
{
    struct http_ask order = {.method = "POST",
                             .url = url_of(TELEPHONE, "/v1/audio/speech"),
                             .bearer = "sk-test",
                             .type = "application/json",
                             .body =
                                 text("{\"model\":\"tts-1\",\"voice\":\"nova\",\"input\":\"%s\","
                                      "\"response_format\":\"pcm\"}",
                                      words),
                             .max_answer = 8u << 20};
    struct http_answer a;
    struct scope s;
    scope_init_sized(&s, PATIENCE, 32u << 20);
    cr_assert_eq(await_http(&s, &order, &a), OK);
    cr_assert_eq(a.status, 200);
    size_t n = a.n / 6;
    uint8_t *mulaw = arena_alloc(s.arena, n + 1);
    for (size_t i = 0; i < n; i++) {
        int16_t three[3];
        memcpy(three, a.body + 6 * i, sizeof three);
        mulaw[i] = encoded((three[0] + three[1] + three[2]) / 3);
    }
    char *base64 = arena_alloc(s.arena, 4 * (n + 3) / 3 + 4);
    for (size_t at = 0; at < n; at += 3200) {
        base64_encode(mulaw + at, n - at < 3200 ? n - at : 3200, base64);
        send_text(text("{\"event\":\"media\",\"streamSid\":\"%s\",\"media\":{\"payload\":\"%s\"}}",
                       stream_sid, base64));
    }
    scope_fini(&s);
    return (long)n / 8;
}

/* ---- the world around it ---- */

static void up(void)
{
    world_up_empty();
    world_start(SANDBOX);
    ask("PUT", TELEPHONE, NULL, "/sandbox/latency",
        "{\"speech_first_byte_ms\":0,\"speech_ms_per_second\":0,\"transcription_ms\":0}");
}

TestSuite(sandbox_media, .init = up, .fini = world_down, .timeout = 120);

static task_fn *scenario;
static const char *person;
static const char *sid;

static void run(void *arg)
{
    (void)arg;
    cr_assert_eq(
        ask("POST", TELEPHONE, NULL, "/sandbox/numbers",
            text("{\"phone_number\":\"" LINE "\",\"voice_url\":\"http://127.0.0.1:%d/voice\"}",
                 httpd_port(server)))
            .status,
        201);
    sid = ring(LINE, person);
    scenario(NULL);
    uint64_t deadline = clock_ms() + PATIENCE; /* the last callbacks are ours to answer */
    while (clock_left(deadline) &&
           strcmp(field(ask("GET", TELEPHONE, NULL, text("/sandbox/calls/%s", sid), NULL).body,
                        "status"),
                  "completed") != 0)
        await_sleep(50);
    await_sleep(100);
    loop_stop();
}

/* -> what the sandbox knows of the call. */
static const char *with(const char *xml, const char *script, task_fn *fn)
{
    document = xml;
    person = script;
    scenario = fn;
    heard = BUF(32u << 20);
    log_open("test", "error");
    loop_open();
    httpc_open("test/1");
    mailbox_init(&came, 10000);
    server = httpd_open(&(struct httpd_config){
        .address = "127.0.0.1", .routes = routes, .n_routes = sizeof routes / sizeof *routes});
    cr_assert(server);
    task_spawn("scenario", run, NULL);
    loop_run();
    return call_over(sid);
}

#define STREAM(inside)                                                                             \
    "<Response><Connect action=\"/after\"><Stream url=\"ws://HERE/media\" name=\"line one\" "      \
    "statusCallback=\"http://HERE/stream\">" inside "</Stream></Connect></Response>"

static bool said(const char *call, const char *who, const char *words)
{
    for (int i = 0; i < length(call, "transcript"); i++)
        if (strcmp(field(call, text("transcript.%d.who", i)), who) == 0 &&
            strcmp(field(call, text("transcript.%d.text", i)), words) == 0)
            return true;
    return false;
}

static bool erred(const char *call, int code)
{
    for (int i = 0; i < length(call, "errors"); i++)
        if (number(call, text("errors.%d.code", i)) == code)
            return true;
    return false;
}

/* ---- the wire ---- */

static void look_at_the_beginning(void *arg)
{
    (void)arg;
    cr_expect_str_eq(await_message("connected"),
                     "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}");
    const char *start = await_message("start");
    cr_expect_str_eq(field(start, "sequenceNumber"), "1");
    cr_expect_str_eq(field(start, "start.callSid"), sid);
    cr_expect_str_eq(field(start, "start.accountSid"), ACCOUNT_SID);
    cr_expect_str_eq(field(start, "start.streamSid"), stream_sid);
    cr_expect_str_eq(field(start, "start.tracks.0"), "inbound");
    cr_expect_str_eq(field(start, "start.mediaFormat.encoding"), "audio/x-mulaw");
    cr_expect_eq(number(start, "start.mediaFormat.sampleRate"), 8000);
    cr_expect_eq(number(start, "start.mediaFormat.channels"), 1);
    cr_expect_str_eq(field(start, "start.customParameters.token"), "a \"b\" c");
    char expected[SIGNATURE_TEXT];
    signature_make(AUTH_TOKEN, media_url(), NULL, expected);
    cr_expect_str_eq(signature, expected);
    await_frames(100);
    cr_expect_geq(clock_ms() - began, 1900, "sound is real time, never faster");
    cr_expect_eq(wrong_frames, 0);
    ws_close(media, WS_NORMAL, "");
    media = NULL;
}

Test(sandbox_media, begins_signed_and_sends_numbered_frames_in_real_time)
{
    const char *call = with(STREAM("<Parameter name=\"token\" value=\"a &quot;b&quot; c\"/>"),
                            "{\"silence\":true}", look_at_the_beginning);
    cr_expect_eq(length(call, "errors"), 0, "%s", call);
    cr_expect(strstr(after, text("StreamSid=%s", stream_sid)), "action: %s", after);
}

/* ---- what is played ---- */

static void look_at_marks(void *arg)
{
    (void)arg;
    await_message("start");
    mark("at once");
    cr_expect_str_eq(field(await_message("mark"), "mark.name"), "at once");
    uint64_t asked = clock_ms();
    long ms = say("We have three houses with three bedrooms in this street.");
    mark("said");
    cr_expect_str_eq(field(await_message("mark"), "mark.name"), "said");
    cr_expect_geq(clock_ms() - asked, (uint64_t)ms, "a mark comes when the sound has been heard");
    say("The first one costs four hundred thousand dollars, and it has a garden.");
    mark("a");
    mark("b");
    await_frames(frames + 75);
    clear();
    cr_expect_str_eq(field(await_message("mark"), "mark.name"), "a");
    cr_expect_str_eq(field(await_message("mark"), "mark.name"), "b");
    await_frames(frames + 25);
    ws_close(media, WS_NORMAL, "");
    media = NULL;
}

/* All that one of them said; where one utterance ends and the next begins is a matter of breath. */
static const char *words_of(const char *call, const char *who)
{
    static char words[1024];
    words[0] = 0;
    for (int i = 0; i < length(call, "transcript"); i++)
        if (strcmp(field(call, text("transcript.%d.who", i)), who) == 0) {
            size_t n = strlen(words);
            snprintf(words + n, sizeof words - n, "%s%s", n ? " " : "",
                     field(call, text("transcript.%d.text", i)));
        }
    return words;
}

Test(sandbox_media, tells_marks_when_they_are_heard_and_knows_nothing_of_what_was_cleared)
{
    const char *call = with(STREAM(""), "{\"silence\":true}", look_at_marks);
    cr_expect_eq(length(call, "errors"), 0, "%s", call);
    static const char beginning[] =
        "We have three houses with three bedrooms in this street. The first one";
    const char *words = words_of(call, "agent"), *cut = strstr(words, " --");
    cr_expect(strncmp(words, beginning, strlen(beginning)) == 0, "%s", call);
    cr_expect(cut && !cut[3] && !strstr(words, "garden"), "%s", call);
}

/* ---- the person ---- */

static void be_talked_over(void *arg)
{
    (void)arg;
    await_message("start");
    say("Hello, this is the assistant of the agency, and I have a lot of things to say to you "
        "today.");
    mark("all");
    cr_expect_str_eq(field(await_message("dtmf"), "dtmf.digit"), "7");
    long first = await_voice(0);
    clear();
    cr_expect_str_eq(field(await_message("mark"), "mark.name"), "all");
    cr_expect_gt(first, 40, "the cough comes 900 ms after our first sound: %ld", first);
    await_quiet(await_voice(frames));
    say("Yes.");
    await_message("stop");
    await_gone();
    cr_expect_eq(gone_code, WS_NORMAL);
}

Test(sandbox_media, a_person_coughs_presses_a_key_talks_over_and_hangs_up)
{
    const char *call =
        with(STREAM(""),
             "{\"say\":[{\"text\":\"I want ... a house.\",\"interrupt_ms\":2500,\"meanwhile\":"
             "[{\"after_ms\":300,\"keys\":\"7\"},{\"after_ms\":900,\"cough\":true}]}]}",
             be_talked_over);
    cr_expect(said(call, "caller", "(keys 7)") && said(call, "caller", "(cough)"), "%s", call);
    cr_expect(said(call, "caller", "I want a house."), "%s", call);
    cr_expect(said(call, "agent", "Yes."), "%s", call);
}

static const char *transcribed(long from_frame)
{
    struct buf b = BUF(4u << 20);
    size_t n = heard.n - (size_t)from_frame * 160;
    uint32_t sizes[] = {(uint32_t)(n + 50), (uint32_t)n};
    buf_puts(&b, "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"
                 "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                 "Content-Type: audio/wav\r\n\r\nRIFF");
    buf_put(&b, &sizes[0], 4);
    buf_put(&b, "WAVEfmt \x12\0\0\0\7\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0\0\0data", 34);
    buf_put(&b, &sizes[1], 4);
    buf_put(&b, heard.p + from_frame * 160, n);
    buf_puts(&b, "\r\n--x--\r\n");
    struct http_answer a;
    struct scope s;
    scope_init(&s, PATIENCE);
    cr_assert_eq(await_http(&s,
                            &(struct http_ask){.method = "POST",
                                               .url = url_of(TELEPHONE, "/v1/audio/transcriptions"),
                                               .bearer = "sk-test",
                                               .type = "multipart/form-data; boundary=x",
                                               .body = b.p,
                                               .body_n = b.n},
                            &a),
                 OK);
    cr_assert_eq(a.status, 200, "%s", a.body);
    const char *words = text("%s", field(a.body, "text"));
    scope_fini(&s);
    buf_free(&b);
    return words;
}

static void listen_to_noise(void *arg)
{
    (void)arg;
    await_message("start");
    say("Yes?");
    mark("said");
    await_message("mark");
    long from = frames;
    await_frames(from + 250); /* half a second of thought, two and a half of words */
    cr_expect_str_eq(transcribed(from), "Do you have a house with three bedrooms?");
    ws_close(media, WS_NORMAL, "");
    media = NULL;
}

Test(sandbox_media, what_a_person_says_on_a_noisy_line_is_recognised)
{
    with(
        STREAM(""),
        "{\"noise_db\":10,\"jitter_ms\":30,\"say\":[\"Do you have a house with three bedrooms?\"]}",
        listen_to_noise);
    cr_expect_eq(wrong_frames, 0);
}

/* ---- its end ---- */

static void close_at_once(void *arg)
{
    (void)arg;
    await_message("start");
    send_text("{\"event\":\"media\"}");
    send_text(text("{\"event\":\"sing\",\"streamSid\":\"%s\"}", stream_sid));
    await_frames(10);
    ws_close(media, WS_NORMAL, "");
    media = NULL;
    uint64_t deadline = clock_ms() + PATIENCE;
    while (!strstr(callbacks, "StreamEvent=stream-stopped") && clock_left(deadline))
        await_sleep(20);
}

Test(sandbox_media, goes_on_with_the_next_verb_and_tells_what_was_wrong)
{
    const char *call =
        with("<Response><Connect><Stream url=\"ws://HERE/media\" name=\"n1\" "
             "statusCallback=\"http://HERE/stream\"/></Connect><Say>And on.</Say></Response>",
             "{\"silence\":true}", close_at_once);
    cr_expect(strstr(callbacks, "StreamEvent=stream-started") &&
                  strstr(callbacks, "StreamName=n1") && strstr(callbacks, stream_sid),
              "%s", callbacks);
    cr_expect(strstr(callbacks, "StreamEvent=stream-stopped"), "%s", callbacks);
    cr_expect(erred(call, 31924), "%s", call);
    cr_expect_eq(length(call, "errors"), 2, "%s", call);
    cr_expect(said(call, "agent", "And on."), "%s", call);
}

static void lose_it(void *arg)
{
    (void)arg;
    await_message("start");
    await_gone();
    cr_expect_eq(gone_code, WS_LOST);
    uint64_t deadline = clock_ms() + PATIENCE;
    while (!*after && clock_left(deadline))
        await_sleep(20);
}

Test(sandbox_media, loses_the_socket_on_order)
{
    ask("POST", TELEPHONE, NULL, "/sandbox/faults",
        "{\"api\":\"stream.socket\",\"kind\":\"drop\",\"ms\":500}");
    const char *call = with(STREAM(""), "{\"silence\":true}", lose_it);
    cr_expect(erred(call, 31921), "%s", call);
    cr_expect(strstr(after, "StreamError="), "%s", after);
}

static void never_come(void *arg)
{
    (void)arg;
    uint64_t deadline = clock_ms() + PATIENCE;
    while (!*after && clock_left(deadline))
        await_sleep(20);
    cr_expect_null(media);
}

static void expect_no_stream(const char *xml, int code)
{
    const char *call = with(xml, "{\"silence\":true}", never_come);
    cr_expect(erred(call, code), "%s", call);
    cr_expect_eq(frames, 0);
}

#define TO(url)                                                                                    \
    "<Response><Connect action=\"/after\"><Stream url=\"" url "\"/></Connect></Response>"

Test(sandbox_media, refuses_a_query_string)
{
    expect_no_stream(TO("ws://HERE/media?a=1"), 31920);
}

Test(sandbox_media, refuses_what_is_no_websocket)
{
    expect_no_stream(TO("https://HERE/media"), 31922);
}

Test(sandbox_media, says_that_nobody_listens)
{
    expect_no_stream(TO("ws://127.0.0.1:9/media"), 31901);
}

Test(sandbox_media, says_that_the_server_would_not)
{
    expect_no_stream(TO("ws://HERE/nothing"), 31920);
}

Test(sandbox_media, is_refused_on_order)
{
    ask("POST", TELEPHONE, NULL, "/sandbox/faults",
        "{\"api\":\"stream.connect\",\"kind\":\"drop\"}");
    expect_no_stream(TO("ws://HERE/media"), 31920);
}
