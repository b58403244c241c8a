/* Lists of calls: what a filter lets through, what is refused, and that a walk misses nothing. */
#include "world.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(lists, .init = world_up, .fini = world_down, .timeout = 90);

#define AGENT_ID   "0193a000-0000-7000-8000-000000000001"
#define OTHER_ID   "0193a000-0000-7000-8000-000000000002"
#define CONTACT(n) "0193a000-0000-7000-8000-00000000010" #n

/* One day, 2026-03-10, in New York: call-1 at 09:00 there, call-2 a minute later, and so on. */
static void some_calls(void)
{
    active_voice_agent();
    sql("insert into batches (id, real_estate_agent_id, delay_seconds, total) "
        "values ('batch-1', '" AGENT_ID "', 5, 2)");
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, twilio_call_sid, "
        "from_number, "
        "to_number, status, direction, contact_id, recording_sid, recording_url, transcript, "
        "created_at) select 'call-' || k, v.id, '" AGENT_ID
        "', 'CA' || k, far, '+12025550100', c.status, "
        "'inbound', contact, 'REsecret' || recorded, 'http://secret/' || recorded, 'secret words', "
        "'2026-03-10 09:00 America/New_York'::timestamptz + (k - 1) * interval '1 minute' "
        "from voice_agents v, (values "
        "(1, '+12025550171', 'completed', null, 1), (2, '+12025550172', 'completed', null, null), "
        "(3, '+13125550173', 'no-answer', null, null), (4, '+13125550174', 'busy', '" CONTACT(
            1) "', null), "
               "(5, '+12025550171', 'failed', null, null), (6, '+12025550171', 'canceled', null, "
               "null)) "
               "c (k, far, status, contact, recorded)");
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, from_number, to_number, "
        "status, "
        "direction, batch_id, created_at) select 'call-' || k, v.id, '" AGENT_ID
        "', '+12025550100', far, "
        "c.status, 'outbound', 'batch-1', '2026-03-10 09:00 America/New_York'::timestamptz + (k - "
        "1) * "
        "interval '1 minute' from voice_agents v, "
        "(values (7, '+14155550175', 'queued'), (8, '+14155550176', 'canceled')) c (k, far, "
        "status)");
    sql("insert into live_calls select id, real_estate_agent_id, direction, to_number, now() + "
        "interval "
        "'1 hour' from calls where id = 'call-7'");
}

/* The numbers of the calls in the order shown: "87654321". */
static const char *shown(const char *token, const char *path)
{
    struct answer a = ask("GET", API, token, path, NULL);
    const char *out = "";
    cr_assert_eq(a.status, 200, "%s: %s", path, a.body);
    int n = length(a.body, "items");
    cr_expect_eq(number(a.body, "total"), n, "%s: %s", path, a.body);
    for (int i = 0; i < n; i++)
        out = text("%s%s", out, field(a.body, text("items.%d.id", i)) + strlen("call-"));
    return out;
}

Test(lists, every_filter_lets_through_what_it_names_and_nothing_else)
{
    static const struct {
        const char *query, *calls;
    } cases[] = {
        {"", "87654321"},
        {"?status=completed", "21"},
        {"?status=no-answer", "3"},
        {"?status=canceled", "86"},
        {"?status=queued", "7"},
        {"?status=ringing", ""},
        {"?direction=outbound", "87"},
        {"?direction=inbound", "654321"},
        {"?direction=inbound&status=canceled", "6"},
        {"?direction=outbound&status=queued", "7"},
        {"?has_recording=true", "1"},
        {"?has_recording=false", "8765432"},
        {"?has_recording=true&status=busy", ""},
        {"?has_recording=false&status=completed", "2"},
        {"?has_recording=false&direction=inbound", "65432"},
        {"?contact_id=" CONTACT(1), "4"},
        {"?contact_id=" CONTACT(1) "&status=failed", ""},
        {"?contact_id=nobody", ""},
        {"?batch_id=batch-1", "87"},
        {"?batch_id=batch-1&status=canceled", "8"},
        {"?batch_id=batch-1&contact_id=" CONTACT(1), ""},
        {"?number=0171", "651"},
        {"?number=%28312%29%20555", "43"},
        {"?number=31", "43"},
        {"?number=12025550172", "2"},
        {"?number=0100", ""}, /* his own number is not what he looks for */
        {"?number=0171&status=failed", "5"},
        {"?number=31&status=busy", "4"},
        {"?number=415&has_recording=true", ""},
        {"?from=2026-03-10&to=2026-03-10", "87654321"},
        {"?from=2026-03-11", ""},
        {"?to=2026-03-09", ""},
        {"?from=2026-03-10T09:06:00-04:00", "87"},
        {"?from=2026-03-10T13:06:00Z", "87"},
        {"?from=2026-03-10T15:06:00+02:00", "87"}, /* the plus came as a blank */
        {"?to=2026-03-10T13:02:00.000Z", "21"},    /* up to then, not then */
        {"?from=2026-03-10T13:01:00Z&to=2026-03-10T13:05:00Z&status=completed", "2"},
        {"?from=2026-03-10T13:01:00Z&to=2026-03-10T13:05:00Z&direction=inbound", "5432"},
        {"?page=2&page_size=100", ""},
    };
    some_calls();
    const char *token = login("agent@demo.test");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = text("/agent/calls%s", cases[i].query);
        if (strstr(path, "page=2")) {
            struct answer a = ask("GET", API, token, path, NULL);
            cr_expect_eq(a.status, 200);
            cr_expect_eq(length(a.body, "items"), 0);
            cr_expect_eq(number(a.body, "total"), 8);
        } else {
            cr_expect_str_eq(shown(token, path), cases[i].calls, "%s", path);
        }
    }
    cr_expect_str_eq(shown(login("agent2@demo.test"), "/agent/calls?batch_id=batch-1"), "");
    cr_expect_str_eq(shown(login("agent2@demo.test"), "/agent/calls?number=0171"), "");
}

Test(lists, a_call_is_found_by_the_status_it_has_now)
{
    some_calls();
    const char *token = login("agent@demo.test");
    sql("update calls set status = 'failed' where id = 'call-7'");
    cr_expect_str_eq(shown(token, "/agent/calls?status=failed"), "75");
    sql("update calls set recording_url = 'x', recording_sid = 'RE7' where id = 'call-5'");
    cr_expect_str_eq(shown(token, "/agent/calls?has_recording=true"), "51");
    sql("update calls set recording_url = null where id = 'call-1'");
    cr_expect_str_eq(shown(token, "/agent/calls?has_recording=true"), "5");
    sql("delete from calls where id in ('call-5', 'call-8')");
    cr_expect_str_eq(shown(token, "/agent/calls?status=canceled"), "6");
    cr_expect_str_eq(
        sql("select count(*) from call_marks m where not exists (select from calls c where "
            "c.id = m.call_id)"),
        "0");
}

Test(lists, what_cannot_be_asked_is_refused_by_name)
{
    static const struct {
        const char *path, *field;
    } cases[] = {
        {"/agent/calls?page=0", "page"},
        {"/agent/calls?page=-1", "page"},
        {"/agent/calls?page=abc", "page"},
        {"/agent/calls?page=", "page"},
        {"/agent/calls?page=9223372036854775808", "page"},
        {"/agent/calls?page_size=0", "page_size"},
        {"/agent/calls?page_size=101", "page_size"},
        {"/agent/calls?status=done", "status"},
        {"/agent/calls?status=", "status"},
        {"/agent/calls?status=busy&status=busy", "status"},
        {"/agent/calls?direction=up", "direction"},
        {"/agent/calls?has_recording=1", "has_recording"},
        {"/agent/calls?from=yesterday", "from"},
        {"/agent/calls?from=2026-02-29", "from"},
        {"/agent/calls?from=2026-13-01", "from"},
        {"/agent/calls?from=2026-01-01T00:00:00", "from"},
        {"/agent/calls?from=2026-01-01T24:00:00Z", "from"},
        {"/agent/calls?from=2026-01-01T00:00:00.Z", "from"},
        {"/agent/calls?to=2026-01-01T00:00:00Zx", "to"},
        {"/agent/calls?to=2026-01-01%00", "to"},
        {"/agent/calls?number=none", "number"},
        {"/agent/calls?number=--", "number"},
        {"/agent/calls?number=1234567890123456", "number"},
        {"/agent/calls?contact_id=", "contact_id"},
        {"/agent/calls?agent_id=x", "agent_id"},
        {"/agent/calls?pgae=2", "pgae"},
        {"/agent/calls?cursor=", "cursor"},
        {"/agent/calls?cursor=1.call-1.0.x", "cursor"},
        {"/agent/calls?cursor=x&page=2", "cursor"},
        {"/agent/calls.csv?page=1", "page"},
        {"/agent/batches?page=0", "page"},
        {"/agent/batches?status=x", "status"},
        {"/admin/calls?number=0171", "number"},
        {"/admin/calls?has_recording=true", "has_recording"},
        {"/admin/calls?contact_id=x", "contact_id"},
        {"/admin/calls?status=recorded", "status"},
        {"/admin/voice-agents?page=0", "page"},
        {"/admin/voice-agents?status=x", "status"},
        {"/admin/voice-agent-requests?status=new", "status"},
        {"/admin/voice-agent-requests?page=x", "page"},
    };
    const char *agent = login("agent@demo.test"), *admin = login("admin@demo.test");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool theirs = !strncmp(cases[i].path, "/admin", 6);
        struct answer a = ask("GET", API, theirs ? admin : agent, cases[i].path, NULL);
        cr_expect_eq(a.status, 400, "%s: %d %s", cases[i].path, a.status, a.body);
        const char *name = field(a.body, "error.field");
        cr_expect(name && !strcmp(name, cases[i].field), "%s: %s", cases[i].path, a.body);
    }
}

static void more_calls(const char *name, int n)
{
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, twilio_call_sid, "
        "from_number, "
        "to_number, status, direction) select '%s-' || k, id, real_estate_agent_id, '%s' || k, "
        "'+12025550171', '+12025550100', 'completed', 'inbound' from voice_agents, "
        "generate_series(1, %d) k",
        name, name, n);
}

/* Follows next_cursor; calls arrive before each page. All of a statement's rows have one created_at. */
static void walk(const char *token, const char *path, int expected)
{
    const char *cursor = NULL;
    char *seen = calloc(1, 64 * 1024);
    static int arrivals;
    int n = 0, pages = 0;
    do {
        more_calls(text("new-%d", arrivals++), 3);
        struct answer a =
            ask("GET", API, token, cursor ? text("%s&cursor=%s", path, cursor) : path, NULL);
        cr_assert_eq(a.status, 200, "%s", a.body);
        for (int i = 0; i < length(a.body, "items"); i++) {
            const char *id = field(a.body, text("items.%d.id", i));
            cr_expect_null(strstr(seen, text(" %s ", id)), "%s twice", id);
            strcat(strcat(strcat(seen, " "), id), " ");
            n += !strncmp(id, "old-", 4);
        }
        cursor = field(a.body, "next_cursor");
    } while (cursor && ++pages < 100);
    cr_expect_eq(n, expected, "%s", path);
    free(seen);
}

Test(lists, a_walk_by_cursor_meets_every_call_once_while_others_arrive)
{
    active_voice_agent();
    const char *token = login("agent@demo.test");
    more_calls("old", 40);
    walk(token, "/agent/calls?page_size=7", 40);
    walk(token, "/agent/calls?page_size=7&status=completed", 40);
    walk(token, "/agent/calls?page_size=7&number=0171", 40);
    walk(token, "/agent/calls?page_size=7&direction=inbound", 40);
}

Test(lists, a_cursor_works_for_whom_it_was_made_and_not_bent)
{
    some_calls();
    const char *agent = login("agent@demo.test"), *other = login("agent2@demo.test");
    struct answer a = ask("GET", API, agent, "/agent/calls?page_size=3", NULL);
    const char *cursor = field(a.body, "next_cursor");
    cr_assert_not_null(cursor, "%s", a.body);
    a = ask("GET", API, agent, text("/agent/calls?cursor=%s", cursor), NULL);
    cr_expect_eq(length(a.body, "items"), 5);
    cr_expect_null(field(a.body, "next_cursor"));
    cr_expect_str_eq(field(a.body, "items.0.id"), "call-5");
    cr_expect_eq(ask("GET", API, other, text("/agent/calls?cursor=%s", cursor), NULL).status, 400);
    for (const char *p = cursor; *p; p++) {
        const char *bent =
            text("%.*s%c%s", (int)(p - cursor), cursor, *p == '1' ? '2' : '1', p + 1);
        cr_expect_eq(ask("GET", API, agent, text("/agent/calls?cursor=%s", bent), NULL).status, 400,
                     "%s", bent);
    }
}

/* The daily figures lead there: they are exact, as the aggregator keeps them. */
Test(lists, a_deep_page_by_number_shows_what_counting_through_would)
{
    active_voice_agent();
    const char *token = login("agent@demo.test");
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, twilio_call_sid, "
        "from_number, "
        "to_number, status, direction, created_at) select 'c' || k, id, real_estate_agent_id, 'CA' "
        "|| k, "
        "'+12025550171', '+12025550100', case when k %% 3 = 0 then 'busy' else 'completed' end, "
        "'inbound', "
        "now() - k * interval '11 minutes' from voice_agents, generate_series(1, 6000) k");
    sql("select stats_refresh('" AGENT_ID
        "', array(select distinct stats_slot(created_at) from calls))");
    static const int pages[] = {1, 50, 51, 52, 77, 100, 150, 199, 299, 300};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct answer a = ask("GET", API, token, text("/agent/calls?page=%d", pages[i]), NULL);
        cr_expect_eq(number(a.body, "total"), 6000);
        cr_expect_eq(length(a.body, "items"), 20, "page %d", pages[i]);
        cr_expect_str_eq(field(a.body, "items.0.id"), text("c%d", (pages[i] - 1) * 20 + 1));
    }
    for (int page = 40; page <= 100; page += 15) {
        struct answer a =
            ask("GET", API, token, text("/agent/calls?status=busy&page=%d", page), NULL);
        cr_expect_eq(number(a.body, "total"), 2000);
        cr_expect_str_eq(field(a.body, "items.0.id"), text("c%d", ((page - 1) * 20 + 1) * 3));
    }
    cr_expect_eq(length(ask("GET", API, token, "/agent/calls?page=301", NULL).body, "items"), 0);
}

Test(lists, admins_see_all_agents_calls_without_numbers_recordings_and_words)
{
    static const char *const kept[] = {"+1202",      "+1312",       "secret",    "recording",
                                       "transcript", "from_number", "to_number", "contact",
                                       "REsecret1",  "twilio",      "5550171"};
    some_calls();
    sql("insert into voice_agents (id, real_estate_agent_id, name) values ('voice-2', '" OTHER_ID
        "', 'S')");
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, twilio_call_sid, "
        "from_number, "
        "to_number, status, direction, created_at) values ('call-9', 'voice-2', '" OTHER_ID
        "', 'CA9', "
        "'+12025550171', '+12025550101', 'canceled', 'inbound', '2026-03-10 15:00Z')");
    const char *admin = login("admin@demo.test");
    cr_expect_str_eq(shown(admin, "/admin/calls"), "987654321");
    cr_expect_str_eq(shown(admin, "/admin/calls?agent_id=" OTHER_ID), "9");
    cr_expect_str_eq(shown(admin, "/admin/calls?agent_id=" AGENT_ID "&direction=outbound"), "87");
    cr_expect_str_eq(shown(admin, "/admin/calls?status=canceled"), "986");
    cr_expect_str_eq(shown(admin, "/admin/calls?status=canceled&direction=inbound"), "96");
    cr_expect_str_eq(shown(admin, "/admin/calls?status=queued"), "7");
    cr_expect_str_eq(shown(admin, "/admin/calls?batch_id=batch-1"), "87");
    cr_expect_str_eq(shown(admin, "/admin/calls?from=2026-03-10T14:00:00Z"), "9");

    struct answer page = ask("GET", API, admin, "/admin/calls?page_size=4", NULL);
    const char *cursor = field(page.body, "next_cursor");
    struct answer rest = ask("GET", API, admin, text("/admin/calls?cursor=%s", cursor), NULL);
    cr_expect_str_eq(field(rest.body, "items.0.id"), "call-5");
    const char *all = ask("GET", API, admin, "/admin/calls", NULL).body;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        cr_expect_null(strstr(all, kept[i]), "%s in %s", kept[i], all);
}

Test(lists, the_export_is_the_list_and_no_formula)
{
    some_calls();
    sql("update contacts set name = E'=HYPERLINK(\"x\")' where id = '" CONTACT(1) "'");
    const char *token = login("agent@demo.test");
    struct answer a = ask("GET", API, token, "/agent/calls.csv?contact_id=" CONTACT(1), NULL);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_expect_eq(strncmp(a.type, "text/csv", 8), 0);
    cr_expect_not_null(strstr(a.body, "\"'=HYPERLINK(\"\"x\"\")\",\"+13125550174\","), "%s",
                       a.body);
    cr_expect_null(strstr(a.body, "secret"));

    more_calls("many", 1203);
    a = ask("GET", API, token, "/agent/calls.csv?status=completed", NULL);
    int lines = 0;
    for (const char *p = a.body; (p = strstr(p, "\r\n")); p += 2)
        lines++;
    cr_expect_eq(lines, 1 + 2 + 1203);
    cr_expect_str_eq(
        sql("select detail -> 'filters' ->> 0 from audit_log where action = 'calls.export' "
            "order by id desc limit 1"),
        "status");
    cr_expect_str_eq(sql("select count(*) from audit_log where action = 'calls.export'"), "2");
}

Test(lists, batches_and_requests_come_newest_first)
{
    some_calls();
    sql("insert into batches (id, real_estate_agent_id, delay_seconds, total) values ('batch-2', "
        "'" AGENT_ID "', 5, 9)");
    const char *agent = login("agent@demo.test"), *admin = login("admin@demo.test");
    struct answer a = ask("GET", API, agent, "/agent/batches", NULL);
    cr_expect_str_eq(field(a.body, "items.0.batch_id"), "batch-2");
    cr_expect_eq(number(a.body, "items.0.total"), 9);
    cr_expect_eq(number(a.body, "total"), 2);
    a = ask("GET", API, agent, "/agent/batches?page=2&page_size=1", NULL);
    cr_expect_str_eq(field(a.body, "items.0.batch_id"), "batch-1");
    a = ask("GET", API, admin, "/admin/voice-agents", NULL);
    cr_expect_eq(a.body[0], '[', "the brief wants a plain list: %s", a.body);
    cr_expect_str_eq(ask("GET", API, admin, "/admin/voice-agents?page=2", NULL).body, "[]");
    cr_expect_str_eq(ask("GET", API, admin, "/admin/voice-agent-requests?page=2", NULL).body, "[]");
}
