/* What the gate knows by itself, against another opinion: the C library's clocks, and the rules as C has them. */
#include "voice/phone.h"
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define YEARS_FROM 1767225600 /* 2026-01-01 */
#define STEP_S     900
#define STEPS      (3 * 365 * 86400 / STEP_S)

TestSuite(gate, .init = world_up, .fini = world_down, .timeout = 240);

/* ---- by day, in every zone, through every change of the clocks ---- */

static bool is_day(time_t at)
{
    struct tm tm;
    localtime_r(&at, &tm);
    return tm.tm_hour >= 8 && tm.tm_hour < 21;
}

static void expect_days_of(const char *zone)
{
    const char *days =
        sql("select string_agg(case when is_calling_time(to_timestamp(%d + %d * n), array['%s']) "
            "then '1' else '0' end, '' order by n) from generate_series(0, %d) n",
            YEARS_FROM, STEP_S, zone, STEPS - 1);
    setenv("TZ", zone, 1);
    tzset();
    cr_assert_eq(strlen(days), (size_t)STEPS);
    for (int n = 0; n < STEPS; n++)
        cr_assert_eq(days[n] == '1', is_day((time_t)YEARS_FROM + (time_t)n * STEP_S), "%s at %d",
                     zone, YEARS_FROM + n * STEP_S);
}

Test(gate, it_is_day_when_the_clock_on_the_wall_says_so_for_three_years)
{
    static const char *const zones[] = {
        "America/New_York",  "America/Phoenix",     "America/St_Johns", "America/Los_Angeles",
        "Pacific/Honolulu",  "America/Adak",        "Europe/Berlin",    "Europe/London",
        "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kathmandu",   "Pacific/Chatham",
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        expect_days_of(zones[i]);
}

Test(gate, it_must_be_day_in_all_zones_a_number_may_be_in)
{
    /* 15:30 in New York, 12:30 in Los Angeles; 23:30 and 20:30; no zone known */
    cr_expect_str_eq(
        sql("select string_agg(is_calling_time(at::timestamptz, zones::text[])::text, ' ' order by "
            "n) from (values (1, '2026-07-01T19:30:00Z', "
            "'{America/New_York,America/Los_Angeles}'), "
            "(2, '2026-07-02T03:30:00Z', '{America/New_York,America/Los_Angeles}'), "
            "(3, '2026-07-01T19:30:00Z', '{}')) v (n, at, zones)"),
        "true false false");
}

/* ---- what is never called ---- */

static bool barred(const char *number)
{
    struct scope s;
    scope_init(&s, 0);
    bool yes = phone_may_call(&s, "to", number) != OK;
    scope_fini(&s);
    return yes;
}

/* numbers: an SQL expression of n, from first to last. */
static void expect_alike(const char *numbers, int first, int last)
{
    const char *told = sql("select string_agg(number || case when is_barred(number) then '1' else "
                           "'0' end, ' ' order by n) from (select n, %s as number from "
                           "generate_series(%d, %d) n) x",
                           numbers, first, last);
    int seen = 0, yes = 0;
    for (const char *p = told; *p; p += *p == ' ', seen++) {
        char number[32];
        size_t n = strcspn(p, " ");
        cr_assert_lt(n, sizeof number);
        snprintf(number, sizeof number, "%.*s", (int)n - 1, p);
        cr_expect_eq(barred(number), p[n - 1] == '1', "%s: %c", number, p[n - 1]);
        yes += p[n - 1] == '1';
        p += n;
    }
    cr_expect_eq(seen, last - first + 1);
    cr_expect(yes > 0 && yes < seen);
}

Test(gate, the_database_bars_what_the_gateway_bars)
{
    expect_alike("'+' || n || '5550123'", 10000, 99999);
    expect_alike("'+1' || n || '5550123'", 200, 999); /* area codes, 976 and 211 among them */
    expect_alike("'+1415' || n || '0123'", 200, 999); /* exchanges */
}
