/* The Realtime client against a server in a child process that says what a real one says, and against ones that do
 * not. What the server was told is compared word by word. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/httpd.h"
#include "io/js.h"
#include "io/ws.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "voice/realtime.h"
#include "world_peer.h"
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the server ---- */

static int told_pipe[2]; /* what it hears, a line each */

struct end {
    struct ws *ws;
    bool refuses, leaves;
    int appends;
};

struct answer {
    const char *to, *with[8];
};

#define EVENT(type, rest) "{\"type\":\"" type "\",\"event_id\":\"e\"" rest "}"
#define SOUND             "//////////8=" /* eight bytes of silence */
static const struct answer answers[] = {
    {"session.update", {EVENT("session.updated", ",\"session\":{}")}},
    {"response.create",
     {EVENT("response.created", ",\"response\":{\"id\":\"r1\"}"),
      EVENT("response.output_audio.delta", ",\"item_id\":\"i2\",\"delta\":\"" SOUND "\""),
      EVENT("response.output_audio_transcript.delta", ",\"delta\":\"Let me look.\""),
      EVENT(
          "response.function_call_arguments.done",
          ",\"call_id\":\"c1\",\"name\":\"search\",\"arguments\":\"{\\\"type\\\":\\\"house\\\"}\""),
      EVENT("response.done", ",\"response\":{\"status\":\"completed\"}")}},
    {"conversation.item.truncate",
     {EVENT("conversation.item.truncated", ""),
      EVENT("error", ",\"error\":{\"code\":\"response_cancel_not_active\"}")}},
};

static void say(struct end *e, const char *text)
{
    if (ws_send(e->ws, text, strlen(text)))
        _exit(2);
}

static void on_open(void *arg)
{
    say(arg, EVENT("session.created", ",\"session\":{}"));
}

static void respond(struct end *e, const char *type)
{
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        for (int k = 0; strcmp(type, answers[i].to) == 0 && k < 8 && answers[i].with[k]; k++)
            say(e, answers[i].with[k]);
}

static void on_text(void *arg, const char *p, size_t n)
{
    struct end *e = arg;
    struct scope s;
    struct js *m;
    scope_init(&s, 0);
    if (js_parse(&s, p, n, &m))
        _exit(3);
    const char *type = js_text(js_get(m, "type"));
    dprintf(told_pipe[1], "%s\n", p);
    if (e->refuses)
        say(e,
            EVENT("error", ",\"error\":{\"code\":\"unknown_parameter\",\"param\":\"session.x\"}"));
    else if (e->leaves)
        ws_close(e->ws, WS_GOING_AWAY, "");
    else if (strcmp(type, "input_audio_buffer.append") != 0 || e->appends++ == 0)
        respond(e, type);
    scope_fini(&s);
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    (void)why;
    dprintf(told_pipe[1], "closed %u\n", code);
    free(arg);
}

static enum err session(struct req *r)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    const char *key = req_header(r, "Authorization");
    struct end *e = calloc(1, sizeof *e);
    e->refuses = strcmp(req_param(r, "kind"), "refuses") == 0;
    e->leaves = strcmp(req_param(r, "kind"), "leaves") == 0;
    dprintf(told_pipe[1], "%s %s\n", r->target, key ? key : "no key");
    enum err err = ws_accept(r, &(struct ws_limits){0}, &handlers, e, &e->ws);
    if (err)
        free(e);
    return err;
}

static enum err unknown(struct req *r)
{
    return fail(&r->scope, ERR_FORBIDDEN, NULL, NULL, "no such key");
}

static const struct route routes[] = {
    {"GET", "/sessions/{kind}", 1, session},
    {"GET", "/unknown", 1, unknown},
};

static void serve(int ready)
{
    log_open("test", "error");
    loop_open();
    struct httpd *h =
        httpd_open(&(struct httpd_config){.address = "127.0.0.1", .routes = routes, .n_routes = 2});
    int port = h ? httpd_port(h) : 0;
    if (write(ready, &port, sizeof port) != sizeof port)
        _exit(1);
    loop_run();
    _exit(0);
}

static pid_t child;
static int port;

static void up(void)
{
    int ready[2];
    cr_assert_eq(pipe(ready), 0);
    cr_assert_eq(pipe2(told_pipe, O_NONBLOCK), 0);
    child = fork();
    if (child == 0)
        serve(ready[1]);
    cr_assert_eq(read(ready[0], &port, sizeof port), sizeof port);
}

static void down(void)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

TestSuite(realtime, .init = up, .fini = down, .timeout = 60);

static const char *told(void)
{
    static char all[65536];
    ssize_t n = read(told_pipe[0], all, sizeof all - 1);
    all[n > 0 ? n : 0] = 0;
    return all;
}

static void expect_told(const char *all, const char *text)
{
    cr_expect(strstr(all, text), "%s is not in %s", text, all);
}

/* ---- the client ---- */

struct caller {
    struct mailbox box;
    struct buf log;
    struct realtime *r;
    enum err ended;
};
static struct caller me;

enum { EV_STEP = 1, EV_CLOSED };

static void note(const char *what, const char *text)
{
    buf_printf(&me.log, "%s%s%s ", what, text ? " " : "", text ? text : "");
    mailbox_post(&me.box, EV_STEP, NULL, 0);
}

static void on_ready(void *arg)
{
    (void)arg;
    note("ready", NULL);
}

static void on_sound(void *arg, const uint8_t *ulaw, size_t n)
{
    (void)arg;
    note("sound", n == 8 && ulaw[7] == 0xff ? "of 8" : "of another kind");
}

static void on_words(void *arg, const char *text)
{
    (void)arg;
    note("words", text);
}

static void on_tool(void *arg, const char *id, const char *name, const char *arguments)
{
    (void)arg;
    note(id, name);
    note("with", arguments);
}

static void on_answered(void *arg, enum err e)
{
    (void)arg;
    note("answered", e ? err_name(e) : NULL);
}

static void on_end(void *arg, enum err e)
{
    (void)arg;
    me.ended = e;
    me.r = NULL;
    mailbox_post(&me.box, EV_CLOSED, NULL, 0);
}

static const struct realtime_h handlers = {on_ready, on_sound,    on_words,
                                           on_tool,  on_answered, on_end};

static void open_at(struct scope *s, const char *path)
{
    struct js *tools;
    mailbox_init(&me.box, 100);
    me.log = BUF(65536);
    cr_assert_eq(js_parse(s,
                          "[{\"type\":\"function\",\"function\":{\"name\":\"search\","
                          "\"description\":\"d\",\"parameters\":{\"type\":\"object\"}}}]",
                          0, &tools),
                 OK);
    me.r = realtime_open(
        &(struct realtime_ask){.url = arena_printf(s->arena, "ws://127.0.0.1:%d%s", port, path),
                               .api_key = "k-1",
                               .model = "gpt-realtime",
                               .voice = "marin",
                               .speed = 1.15,
                               .instructions = "Be brief.",
                               .tools = tools,
                               .open_ms = 2000},
        &handlers, NULL);
}

/* Until so many things have happened, or the session is closed. */
static void await_steps(int n)
{
    uint64_t until = clock_ms() + 30000;
    while (n-- > 0) {
        struct event *ev = await_event(&me.box, until);
        cr_assert(ev, "only this happened: %s", me.log.p);
        n = ev->kind == EV_CLOSED ? 0 : n;
        event_free(ev);
    }
}

static void forget(struct scope *s)
{
    realtime_close(me.r);
    mailbox_fini(&me.box);
    buf_free(&me.log);
    scope_fini(s);
}

/* ---- a turn, as it should be ---- */

static void take_a_turn(void *arg)
{
    (void)arg;
    struct scope s;
    uint8_t words[7000];
    memset(words, 0xff, sizeof words);
    scope_init(&s, 0);
    open_at(&s, "/sessions/good");
    await_steps(1);
    realtime_said(me.r, words, sizeof words);
    realtime_answer(me.r);
    await_steps(5);
    cr_expect_str_eq(me.log.p, "ready sound of 8 words Let me look. c1 search with "
                               "{\"type\":\"house\"} answered ");
    realtime_result(me.r, "c1", "{\"found\":2}");
    realtime_tell(me.r, "assistant", "Hello.");
    realtime_cut(me.r, 5000);
    realtime_answer(me.r); /* the one after it proves that the server has read all that */
    await_steps(5);
    forget(&s);
}

Test(realtime, a_turn_is_taken_in_the_servers_words)
{
    peer_run(take_a_turn);
    const char *all = told();
    expect_told(all, "/sessions/good?model=gpt-realtime Bearer k-1\n");
    expect_told(all, "\"session\":{\"type\":\"realtime\",\"instructions\":\"Be brief.\","
                     "\"output_modalities\":[\"audio\"],\"audio\":{\"input\":{\"format\":{\"type\":"
                     "\"audio/pcmu\"},\"turn_detection\":null},\"output\":{"
                     "\"format\":{\"type\":\"audio/pcmu\"},\"voice\":\"marin\",\"speed\":1.1");
    expect_told(all, "\"tools\":[{\"name\":\"search\",\"description\":\"d\",\"parameters\":{"
                     "\"type\":\"object\"},\"type\":\"function\"}]");
    expect_told(all, "{\"type\":\"input_audio_buffer.append\",\"audio\":\"//////");
    expect_told(all,
                "\"}\n{\"type\":\"input_audio_buffer.commit\"}\n{\"type\":\"response.create\"}\n");
    expect_told(all,
                "{\"type\":\"conversation.item.create\",\"item\":{\"type\":"
                "\"function_call_output\",\"call_id\":\"c1\",\"output\":\"{\\\"found\\\":2}\"}}");
    expect_told(all,
                "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":"
                "\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hello.\"}]}}");
    /* Eight bytes are a millisecond: more than there was is an error. */
    expect_told(all, "{\"type\":\"conversation.item.truncate\",\"item_id\":\"i2\","
                     "\"content_index\":0,\"audio_end_ms\":1}");
}

/* One answer at a time: what was cut has to end before the next is asked for, and nothing of it is heard. */
static void be_cut_and_go_on(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 0);
    open_at(&s, "/sessions/good");
    await_steps(1);
    realtime_answer(me.r);
    realtime_cut(me.r, 0);
    realtime_answer(me.r);
    await_steps(5);
    cr_expect_str_eq(me.log.p, "ready sound of 8 words Let me look. c1 search with "
                               "{\"type\":\"house\"} answered ");
    forget(&s);
}

Test(realtime, nothing_is_heard_of_an_answer_that_was_cut)
{
    peer_run(be_cut_and_go_on);
    const char *all = told();
    expect_told(all, "{\"type\":\"response.create\"}\n{\"type\":\"response.cancel\"}\n{\"type\":"
                     "\"response.create\"}\n");
}

/* ---- servers that will not ---- */

static const char *path;
static void be_refused(void *arg)
{
    (void)arg;
    struct scope s;
    scope_init(&s, 0);
    open_at(&s, path);
    while (me.r)
        await_steps(1);
    forget(&s);
}

static void expect_end(const char *at, enum err e)
{
    path = at;
    peer_run(be_refused);
    cr_expect_eq(me.ended, e, "%s: %s", at, err_name(me.ended));
}

Test(realtime, a_server_that_refuses_leaves_or_knows_no_such_key_is_told_apart)
{
    expect_end("/sessions/refuses", ERR_UNPROCESSABLE);
    expect_end("/sessions/leaves", ERR_UPSTREAM);
    expect_end("/unknown", ERR_FORBIDDEN);
    expect_end("/nowhere", ERR_UNPROCESSABLE);
    kill(child, SIGSTOP);
    expect_end("/sessions/good", ERR_TIMEOUT);
    kill(child, SIGCONT);
}
