/* Search over what was said: what is found, how it is shown, and whose it is. */
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(search, .init = world_up, .fini = world_down, .timeout = 60);

#define AGENT_ID "0193a000-0000-7000-8000-000000000001"
#define OTHER_ID "0193a000-0000-7000-8000-000000000002"

static void other_voice_agent(const char *language)
{
    sql("insert into voice_agents (id, real_estate_agent_id, name, settings) values ('other', "
        "'" OTHER_ID "', 'Ida', '{\"language\":\"%s\"}')",
        language);
}

/* What was said in a call of its own, of so many days ago. */
static void said(const char *id, const char *agent, int days, const char *role, const char *words)
{
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, twilio_call_sid, "
        "from_number, "
        "to_number, status, direction, created_at) select '%s', id, real_estate_agent_id, 'CA%s', "
        "'+12025550171', '+12025550100', 'completed', 'inbound', now() - interval '%d days' from "
        "voice_agents where real_estate_agent_id = '%s'",
        id, id, days, agent);
    sql("insert into call_turns (call_id, seq, real_estate_agent_id, role, text, started_ms) "
        "values "
        "('%s', 1, '%s', '%s', $words$%s$words$, 2500)",
        id, agent, role, words);
}

static const char *encoded(const char *q)
{
    char out[1024], *p = out;
    for (; *q && p < out + sizeof out - 4; q++)
        p += sprintf(p, "%%%02X", (unsigned char)*q);
    return text("%s", out);
}

static struct answer search_as(const char *email, const char *q, const char *more)
{
    return ask("GET", API, login(email), text("/agent/calls/search?q=%s%s", encoded(q), more),
               NULL);
}

static const char *found(const char *email, const char *q)
{
    struct answer a = search_as(email, q, "");
    cr_assert_eq(a.status, 200, "%s: %d %s", q, a.status, a.body);
    return a.body;
}

static int hits(const char *q)
{
    return length(found("agent@demo.test", q), "items");
}

Test(search, words_phrases_beginnings_and_exceptions_are_found_in_all_their_forms)
{
    active_voice_agent();
    said("c1", AGENT_ID, 1, "caller", "We are looking for houses with a big garden");
    said("c2", AGENT_ID, 40, "agent", "The house has no garden, but two balconies");
    said("c3", AGENT_ID, 400, "caller", "A gardener's flat");
    said("c4", AGENT_ID, 2, "tool", "garden");
    cr_expect_eq(hits("house"), 2);
    cr_expect_eq(hits("HOUSES garden"), 2);
    cr_expect_eq(hits("\"big garden\""), 1);
    cr_expect_eq(hits("\"garden big\""), 0);
    cr_expect_eq(hits("garden*"), 3);
    cr_expect_eq(hits("house -balcony"), 1);
    cr_expect_eq(hits("balcony or big"), 2);
    cr_expect_eq(hits("-garden"), 0, "what has only exceptions would be everything");
    cr_expect_eq(hits("the"), 0);
    const char *body = found("agent@demo.test", "house");
    cr_expect_str_eq(field(body, "items.0.call_id"), "c1", "newest first");
    cr_expect(strstr(body, "\"second\":2.5,"), "%s", body);
    cr_expect_str_eq(field(body, "items.0.role"), "caller");
    cr_expect_str_eq(field(body, "items.0.snippet.1.text"), "houses");
    cr_expect_str_eq(field(body, "items.0.snippet.1.match"), "true");
}

Test(search, what_was_generated_but_not_heard_was_not_said)
{
    active_voice_agent();
    said("c1", AGENT_ID, 1, "agent", "It has a pool and a sauna");
    sql("update call_turns set heard = 'It has a pool' where call_id = 'c1'");
    cr_expect_eq(hits("pool"), 1);
    cr_expect_eq(hits("sauna"), 0);
    sql("delete from call_turns where call_id = 'c1'");
    cr_expect_eq(hits("pool"), 0, "what is deleted is not found");
}

Test(search, an_agent_finds_his_own_calls_and_in_their_language)
{
    active_voice_agent();
    other_voice_agent("de-DE");
    said("c1", AGENT_ID, 1, "caller", "zanzibar");
    said("c2", OTHER_ID, 1, "caller", "Wir suchen zwei Häuser in Ruhpolding");
    cr_expect_eq(length(found("agent2@demo.test", "haus"), "items"), 1);
    cr_expect_eq(length(found("agent2@demo.test", "ruhpolding"), "items"), 1);
    cr_expect_eq(length(found("agent2@demo.test", "zanzibar"), "items"), 0);
    cr_expect_eq(hits("zanzibar"), 1);
    cr_expect_eq(hits("ruhpolding"), 0);
    cr_expect_eq(hits("ruhpolding*"), 0);
    cr_expect_eq(hits("zanzibar or ruhpolding"), 1);
    /* Behind the wall itself: no tenant, no words; and no other way to them. */
    cr_expect_str_eq(sql("select count(*) from calls_search('ruhpolding', null, null, null, 9)"),
                     "0");
    cr_expect_str_eq(sql("select has_table_privilege('va_agent', 'call_words', 'select')"), "f");
    cr_expect_eq(
        ask("GET", API, login("admin@demo.test"), "/agent/calls/search?q=zanzibar", NULL).status,
        403);
}

Test(search, no_question_breaks_it_and_no_answer_is_markup)
{
    static const char *const hostile[] = {"'",
                                          "\\",
                                          "' or 1=1 --",
                                          "a:* & !b",
                                          "((((",
                                          "\"",
                                          "\"\"\"",
                                          "***",
                                          "a*b*",
                                          "|",
                                          "!",
                                          "<->",
                                          "'); drop table calls; --",
                                          "%",
                                          "\xc3\xa4\xe2\x82\xac*",
                                          "2647 x",
                                          "\1\2",
                                          "or or or",
                                          "-"};
    active_voice_agent();
    said("c1", AGENT_ID, 1, "caller",
         "<script>alert('x')</script> \1fake\2 it's a \\ garden & \"more\"");
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct answer a = search_as("agent@demo.test", hostile[i], "");
        cr_expect_eq(a.status, 200, "%s: %d %s", hostile[i], a.status, a.body);
    }
    const char *body = found("agent@demo.test", "garden");
    cr_expect_eq(length(body, "items.0.snippet"), 3, "before, match, after: %s", body);
    cr_expect(strstr(field(body, "items.0.snippet.0.text"), "fake"), "%s", body);
    static const char *const wrong[] = {"",         "?q=",         "?q=%20%20",
                                        "?q=a&q=b", "?q=a&page=1", "?q=a&cursor=x.y.z"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct answer a = ask("GET", API, login("agent@demo.test"),
                              text("/agent/calls/search%s", wrong[i]), NULL);
        cr_expect_eq(a.status, 400, "%s: %d %s", wrong[i], a.status, a.body);
    }
    char longer[256];
    memset(longer, 'a', 201);
    longer[201] = 0;
    cr_expect_eq(
        ask("GET", API, login("agent@demo.test"), text("/agent/calls/search?q=%s", longer), NULL)
            .status,
        400);
}

Test(search, a_walk_by_cursor_sees_every_place_once_newest_call_first)
{
    active_voice_agent();
    for (int i = 0; i < 12; i++)
        said(text("c%02d", i), AGENT_ID, 12 * 9 - i * 9, "caller", "needle in the hay");
    sql("insert into call_turns (call_id, seq, real_estate_agent_id, role, text) select id, 2, "
        "real_estate_agent_id, 'caller', 'another needle' from calls");
    const char *cursor = "", *before = "zz";
    int n = 0, pages = 0;
    do {
        struct answer a = search_as("agent@demo.test", "needle",
                                    text("&page_size=5%s%s", *cursor ? "&cursor=" : "", cursor));
        cr_assert_eq(a.status, 200, "%d %s", a.status, a.body);
        for (int i = 0; i < length(a.body, "items"); i++, n++) {
            const char *now = text("%s %ld", field(a.body, text("items.%d.call_id", i)),
                                   9 - number(a.body, text("items.%d.seq", i)));
            cr_expect(strcmp(now, before) < 0, "%s after %s", now, before);
            before = now;
        }
        cursor = field(a.body, "next_cursor");
        pages++;
    } while (cursor && *cursor && strcmp(cursor, "null") != 0 && pages < 9);
    cr_expect_eq(n, 24);
    cr_expect_eq(pages, 5);
}
