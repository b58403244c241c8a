/* An agent talks with the own assistant from a page: nobody calls, nothing is stored. */
#include "world.h"
#include "base/buf.h"
#include "io/ws.h"
#include "loop/task.h"
#include "world_peer.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the page says, one line after each answer, and all it gets. */
static struct page {
    const char *url, *token;
    const char *const *lines;
    bool spoken; /* ends with the first sound */
    struct ws *ws;
    struct wait *wait;
    struct buf got;
    unsigned code;
    bool heard_sound;
} page;

static void down(void)
{
    buf_free(&page.got);
    world_down();
}

TestSuite(talk, .init = world_up, .fini = down, .timeout = 240);

static void put(struct page *p, const char *message)
{
    cr_assert_eq(ws_send(p->ws, message, strlen(message)), OK);
}

static void over(struct page *p)
{
    if (p->wait)
        wait_settle(p->wait);
    p->wait = NULL;
}

static void on_open(void *arg)
{
    struct page *p = arg;
    put(p, "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}");
    put(p,
        text("{\"event\":\"start\",\"streamSid\":\"rehearsal\",\"start\":{\"streamSid\":"
             "\"rehearsal\","
             "\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1},"
             "\"customParameters\":{\"token\":\"%s\"}}}",
             p->token));
}

/* An answer ends with a question, or asks for nothing. */
static void on_text(void *arg, const char *m, size_t n)
{
    struct page *p = arg;
    if (strstr(m, "\"event\":\"media\"")) {
        p->heard_sound = true;
        if (p->spoken && strstr(p->got.p, "\"said\""))
            over(p);
        return;
    }
    buf_put(&p->got, m, n);
    buf_putc(&p->got, '\n');
    bool asked = strstr(m, "\"who\":\"agent\"") && strchr(m, '?');
    if (asked && p->lines && *p->lines)
        put(p, text("{\"event\":\"text\",\"text\":\"%s\"}", *p->lines++));
}

static void on_closed(void *arg, unsigned code, const char *why)
{
    struct page *p = arg;
    (void)why;
    p->code = code;
    over(p);
}

static void await_page(void *arg)
{
    static const struct ws_h handlers = {on_open, on_text, on_closed};
    static const struct ws_limits limits;
    struct wait w = WAIT_HERE;
    (void)arg;
    page.wait = &w;
    page.ws = ws_connect(&(struct ws_to){.url = page.url}, &limits, &handlers, &page);
    await_wait(&w);
    if (!page.code)
        ws_close(page.ws, WS_NORMAL, "");
}

static struct answer invited(const char *mode)
{
    struct answer a = ask("POST", API, login("agent@demo.test"), "/agent/voice-agent/talk",
                          text("{\"mode\":\"%s\"}", mode));
    cr_assert_eq(a.status, 201, "%d %s", a.status, a.body);
    cr_expect(field(a.body, "expires_at"));
    return a;
}

static void visit(const char *invitation, const char *const *lines, bool spoken)
{
    buf_free(&page.got);
    page = (struct page){.url = field(invitation, "url"),
                         .token = field(invitation, "token"),
                         .lines = lines,
                         .spoken = spoken,
                         .got = BUF(1 << 20)};
    peer_run(await_page);
}

static void expect(const char *words)
{
    cr_expect(strstr(page.got.p, words), "%s is not in: %s", words, page.got.p);
}

static void expect_nothing_stored(void)
{
    cr_expect_str_eq(sql("select count(*) from calls"), "0");
    cr_expect_str_eq(sql("select count(*) from call_turns"), "0");
    cr_expect_str_eq(sql("select count(*) from suppressions"), "0");
    cr_expect_str_eq(sql("select count(*) from messages"), "0");
}

Test(talk, in_writing_looks_things_up_and_changes_nothing)
{
    active_voice_agent();
    const char *invitation = invited("text").body;
    visit(invitation,
          (const char *const[]){"Do you have a house with two bedrooms?",
                                "Please do not call me again.", NULL},
          false);
    expect(
        "{\"event\":\"said\",\"who\":\"agent\",\"text\":\"You are speaking with an AI assistant");
    expect("{\"event\":\"said\",\"who\":\"caller\",\"text\":\"Do you have a house with two "
           "bedrooms?\"}");
    expect("{\"event\":\"tool\",\"name\":\"search_properties\",\"arguments\":\"{");
    expect("\"result\":\"{\\\"properties\\\":[");
    expect("{\"event\":\"tool\",\"name\":\"opt_out\",\"arguments\":\"{\\\"reason\\\":");
    expect("\"result\":\"{\\\"done\\\":true}\"}");
    expect("{\"event\":\"end\",\"why\":\"hang up\"}");
    cr_expect_not(page.heard_sound);
    cr_expect_eq(page.code, WS_NORMAL);
    expect_nothing_stored();

    visit(invitation, NULL, false);
    cr_expect_eq(page.code, WS_POLICY, "an invitation that is spent");
}

Test(talk, by_voice_is_heard_as_callers_hear_it)
{
    active_voice_agent();
    visit(invited("voice").body, NULL, true);
    cr_expect(page.heard_sound);
    cr_expect_eq(page.code, 0);
    expect(
        "{\"event\":\"said\",\"who\":\"agent\",\"text\":\"You are speaking with an AI assistant");
    world_stop(PIPELINE); /* and nothing of it is left behind: it ends in time */
    world_start(PIPELINE);
    expect_nothing_stored();
}

Test(talk, an_invitation_holds_by_either_secret_while_they_are_exchanged)
{
    active_voice_agent();
    const char *old = invited("text").body;
    world_stop(GATEWAY);
    world_stop(PIPELINE);
    world_set("LINK_SECRET", "the secret that comes next");
    world_set("LINK_SECRET_NEXT", LINK_SECRET);
    world_start(GATEWAY);
    world_start(PIPELINE);
    visit(old, (const char *const[]){"Goodbye.", NULL}, false);
    cr_expect_eq(page.code, WS_NORMAL);
    visit(invited("text").body, (const char *const[]){"Goodbye.", NULL}, false);
    cr_expect_eq(page.code, WS_NORMAL);
}

Test(talk, is_for_agents_with_an_assistant)
{
    struct answer a = ask("POST", API, login("agent@demo.test"), "/agent/voice-agent/talk",
                          "{\"mode\":\"text\"}");
    cr_expect_eq(a.status, 404, "%d %s", a.status, a.body);
    a = ask("POST", API, login("agent@demo.test"), "/agent/voice-agent/talk",
            "{\"mode\":\"song\"}");
    cr_expect(a.status == 422 || a.status == 400);
    cr_expect_str_eq(field(a.body, "error.field"), "mode");
    a = ask("POST", API, login("admin@demo.test"), "/agent/voice-agent/talk",
            "{\"mode\":\"text\"}");
    cr_expect_eq(a.status, 403);
}
