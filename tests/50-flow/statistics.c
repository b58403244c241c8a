/* Statistics: whose day a call belongs to, what the figures say, and that a recount finds them right. */
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

TestSuite(statistics, .init = world_up, .fini = world_down, .timeout = 90);

#define AGENT_ID "0193a000-0000-7000-8000-000000000001"
#define OTHER_ID "0193a000-0000-7000-8000-000000000002"

/* A call of that moment; the trigger on calls tells the aggregator. */
static void call_at(const char *id, const char *status, const char *direction, const char *at,
                    int seconds)
{
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, twilio_call_sid, "
        "from_number, "
        "to_number, status, direction, duration_seconds, answered_at, created_at) select "
        "md5('%s')::uuid, id, "
        "real_estate_agent_id, 'CA%s', '+12025550171', '+12025550100', '%s', '%s', %d, case when "
        "%d "
        "> 0 then now() end, %s from voice_agents",
        id, id, status, direction, seconds, seconds, at);
}

static const char *figures(const char *period)
{
    struct answer a = ask("GET", API, login("agent@demo.test"),
                          text("/agent/call-stats?period=%s", period), NULL);
    cr_assert_eq(a.status, 200, "%d %s", a.status, a.body);
    return a.body;
}

static const char *all_figures(const char *period)
{
    struct answer a = ask("GET", API, login("admin@demo.test"),
                          text("/admin/call-stats?period=%s", period), NULL);
    cr_assert_eq(a.status, 200, "%d %s", a.status, a.body);
    return a.body;
}

/* What the command says, and its exit status. */
static int recount(const char *option, const char **said)
{
    char out[8192] = "";
    FILE *p = popen(text("DATABASE_URL='%s' %s/stats-aggregator --recount %s 2>&1",
                         world_database(), VA_BIN, option),
                    "r");
    cr_assert_not_null(p);
    size_t n = fread(out, 1, sizeof out - 1, p);
    out[n] = 0;
    *said = text("%s", out);
    int status = pclose(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_recount_agrees(void)
{
    const char *said;
    cr_expect_eq(recount("", &said), 0, "%s", said);
    cr_expect(strstr(said, " 0 differing"), "%s", said);
}

/* ---- what is said ---- */

Test(statistics, a_week_says_how_many_how_long_when_and_how_quickly_we_answered)
{
    active_voice_agent();
    call_at("c1", "completed", "inbound", "now()", 60);
    call_at("c2", "completed", "outbound", "now() - interval '1 second'", 90);
    call_at("c3", "busy", "outbound", "now() - interval '2 days'", 0);
    call_at("c4", "no-answer", "outbound", "now() - interval '9 days'", 0);
    sql("insert into call_turns (call_id, seq, real_estate_agent_id, role, text, latency) "
        "select md5('c1')::uuid, k, '" AGENT_ID
        "', 'agent', 'Hello', jsonb_build_object('answered_ms', 100 * "
        "k, 'llm_first_ms', 30 * k) from generate_series(1, 10) k");
    sql("update calls set duration_seconds = 61 where twilio_call_sid = 'CAc1'"); /* whoever tells is told on */
    EVENTUALLY(number(figures("week"), "total_duration_seconds") == 151 &&
               number(figures("month"), "total_calls") == 4);

    const char *week = figures("week");
    cr_expect_eq(number(week, "total_calls"), 3);
    cr_expect_eq(number(week, "completed_calls"), 2);
    cr_expect_eq(number(week, "failed_calls"), 1);
    cr_expect(strstr(week, "\"average_duration_seconds\":75.50,"), "%s", week);
    cr_expect_eq(number(week, "calls_by_status.completed"), 2);
    cr_expect_eq(number(week, "calls_by_status.busy"), 1);
    cr_expect_eq(number(week, "answered_calls"), 2);
    cr_expect_eq(number(week, "calls_by_direction.inbound"), 1);
    cr_expect_eq(number(week, "calls_by_direction.outbound"), 2);
    cr_expect_eq(length(week, "calls_by_day"), 7);
    cr_expect_eq(number(week, "calls_by_day.6.count") + number(week, "calls_by_day.5.count"), 2);
    cr_expect_eq(number(week, "duration_seconds.p50"), 56, "60 s lie in the bucket from 56: %s",
                 week);
    cr_expect_eq(number(week, "latency_ms.answered.count"), 10);
    long p50 = number(week, "latency_ms.answered.p50");
    cr_expect(p50 >= 448 && p50 < 512,
              "of 100 to 1000 ms the middle lies in the bucket of 500: %ld", p50);
    cr_expect_eq(number(figures("day"), "calls_by_day.0.count"),
                 number(week, "calls_by_day.6.count"));
    cr_expect_eq(length(figures("month"), "days"), 30);
    expect_recount_agrees();
}

/* ---- whose day it is ---- */

static const char *day_of(const char *at)
{
    static int n;
    const char *id = text("d%d", ++n);
    call_at(id, "completed", "inbound", text("'%s'", at), 10);
    const char *day = "";
    EVENTUALLY(
        *(day = sql("select day from call_stats_daily d where total_calls > 0 and "
                    "figures -> 'seconds' is not null and exists (select from calls c, "
                    "real_estate_agents a where c.id = md5('%s')::uuid::text and a.id = "
                    "c.real_estate_agent_id and d.real_estate_agent_id = a.id and (c.created_at at "
                    "time zone a.timezone)::date = d.day)",
                    id)));
    return day;
}

static void lives_in(const char *zone)
{
    sql("update real_estate_agents set timezone = '%s' where id = '" AGENT_ID "'", zone);
}

static int calls_of(const char *day)
{
    return atoi(
        sql("select coalesce(sum(total_calls), 0) from call_stats_daily where day = '%s'", day));
}

Test(statistics, a_day_of_23_or_25_hours_has_all_its_calls_and_no_other)
{
    active_voice_agent();
    lives_in("America/New_York"); /* back an hour on 2026-11-01, on an hour on 2026-03-08 */
    cr_expect_str_eq(day_of("2026-11-01 03:59:59Z"), "2026-10-31");
    cr_expect_str_eq(day_of("2026-11-01 04:00:00Z"), "2026-11-01");
    cr_expect_str_eq(day_of("2026-11-01 05:30:00Z"), "2026-11-01"); /* 1:30 in summer ... */
    cr_expect_str_eq(day_of("2026-11-01 06:30:00Z"), "2026-11-01"); /* ... and again */
    cr_expect_str_eq(day_of("2026-11-02 04:59:59Z"), "2026-11-01");
    cr_expect_str_eq(day_of("2026-11-02 05:00:00Z"), "2026-11-02");
    EVENTUALLY(calls_of("2026-11-01") == 4);
    cr_expect_str_eq(sql("select hours from call_stats_daily where day = '2026-11-01'"),
                     "0:1 1:2 23:1");
    cr_expect_str_eq(day_of("2026-03-08 04:59:59Z"), "2026-03-07");
    cr_expect_str_eq(day_of("2026-03-08 05:00:00Z"), "2026-03-08");
    cr_expect_str_eq(day_of("2026-03-09 03:59:59Z"), "2026-03-08");
    cr_expect_str_eq(day_of("2026-03-09 04:00:00Z"), "2026-03-09");
    EVENTUALLY(calls_of("2026-03-08") == 2);
    expect_recount_agrees();
}

Test(statistics, midnights_that_are_no_full_hours_divide_days_too)
{
    active_voice_agent();
    lives_in("Asia/Kathmandu"); /* 5:45 ahead */
    cr_expect_str_eq(day_of("2026-05-01 18:14:59Z"), "2026-05-01");
    cr_expect_str_eq(day_of("2026-05-01 18:15:00Z"), "2026-05-02");
    EVENTUALLY(calls_of("2026-05-01") == 1 && calls_of("2026-05-02") == 1);
    expect_recount_agrees();
    sql("delete from call_stats_daily; delete from call_stats_slots; delete from "
        "call_stats_monthly; delete from calls");
    lives_in("Australia/Lord_Howe"); /* half an hour on, on 2026-10-04 */
    cr_expect_str_eq(day_of("2026-10-03 13:29:59Z"), "2026-10-03");
    cr_expect_str_eq(day_of("2026-10-03 13:30:00Z"), "2026-10-04");
    cr_expect_str_eq(day_of("2026-10-04 12:59:59Z"), "2026-10-04");
    cr_expect_str_eq(day_of("2026-10-04 13:00:00Z"), "2026-10-05");
    EVENTUALLY(calls_of("2026-10-04") == 2);
    expect_recount_agrees();
}

Test(statistics, today_is_today_where_the_agent_is)
{
    active_voice_agent();
    static const char *const zones[] = {"Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        lives_in(zones[i]);
        const char *day = figures("day"), *month = figures("month");
        const char *today = sql("select (now() at time zone '%s')::date", zones[i]);
        cr_expect_str_eq(field(day, "calls_by_day.0.date"), today);
        cr_expect_str_eq(field(month, "calls_by_day.29.date"), today);
        cr_expect_str_eq(field(month, "timezone"), zones[i]);
    }
}

/* ---- that it is right ---- */

Test(statistics, duplicates_another_order_and_kills_leave_the_figures_what_the_calls_say)
{
    active_voice_agent();
    for (int i = 0; i < 40; i++) {
        call_at(text("k%d", i), "ringing", i % 2 ? "inbound" : "outbound",
                text("now() - interval '%d minutes'", i * 37), 0);
        if (i % 10 == 5)
            world_kill(STATS);
        if (i % 10 == 8)
            world_start(STATS);
    }
    /* Every word about them twice, the newest first. */
    sql("update calls set status = 'completed', duration_seconds = 30 where twilio_call_sid like "
        "'CAk%%'");
    world_kill(STATS);
    sql("insert into outbox (exchange, routing_key, type, tenant, call_id, body) select exchange, "
        "routing_key, type, tenant, call_id, body from (select * from outbox where type = "
        "'call.changed' order by id desc offset 0) o");
    world_start(STATS);
    EVENTUALLY_IN(30, number(figures("week"), "completed_calls") == 40);
    EVENTUALLY_IN(30, number(figures("week"), "total_duration_seconds") == 1200);
    expect_recount_agrees();
}

Test(statistics, an_admin_sees_all_agents_added_up_and_nobody_in_particular)
{
    active_voice_agent();
    call_at("c1", "completed", "inbound", "now()", 60);
    sql("update real_estate_agents set timezone = 'Pacific/Auckland' where id = '" OTHER_ID "'");
    sql("insert into voice_agents (id, real_estate_agent_id, name) values ('other', '" OTHER_ID
        "', 'Ida')");
    sql("insert into calls (id, voice_agent_id, real_estate_agent_id, twilio_call_sid, "
        "from_number, to_number, status, direction, duration_seconds, created_at) select "
        "md5('other')::uuid, "
        "'other', '" OTHER_ID "', 'CAother', from_number, to_number, status, direction, "
        "duration_seconds, created_at from calls");
    EVENTUALLY(number(all_figures("week"), "total_calls") == 2);

    const char *week = all_figures("week");
    cr_expect_eq(number(week, "completed_calls"), 2);
    cr_expect_eq(number(week, "total_duration_seconds"), 120);
    cr_expect_eq(number(week, "calls_by_status.completed"), 2);
    cr_expect_eq(number(week, "calls_by_direction.inbound"), 2);
    cr_expect_eq(number(week, "duration_seconds.count"), 2);
    cr_expect_eq(length(week, "days"), 7);
    cr_expect_str_eq(field(week, "timezone"), "local");
    cr_expect_null(strstr(week, "2025550"), "no number: %s", week);
    cr_expect_null(strstr(week, AGENT_ID), "nor who: %s", week);
    cr_expect_eq(number(figures("week"), "total_calls"), 1);
    cr_expect_eq(ask("GET", API, login("agent@demo.test"), "/admin/call-stats", NULL).status, 403);
}

Test(statistics, a_recount_finds_what_is_missing_and_repairs_it_when_asked)
{
    const char *said;
    active_voice_agent();
    call_at("c1", "completed", "inbound", "now()", 60);
    EVENTUALLY(number(figures("day"), "total_calls") == 1);
    expect_recount_agrees();
    world_stop(STATS);
    sql("update call_stats_daily set total_duration_seconds = total_duration_seconds + 1");
    cr_expect_eq(recount("", &said), 1, "%s", said);
    cr_expect(strstr(said, " 1 differing"), "%s", said);
    cr_expect_eq(recount("--fix", &said), 0, "%s", said);
    cr_expect_eq(number(figures("day"), "total_duration_seconds"), 60);
    sql("delete from call_stats_daily");
    cr_expect_eq(recount("", &said), 1, "%s", said);
    cr_expect_eq(recount("--fix", &said), 0, "%s", said);
    expect_recount_agrees();
    cr_expect_eq(number(figures("day"), "total_calls"), 1);
    cr_expect_eq(recount("--fx", &said), 64, "%s", said);
    world_start(STATS);
}
