/* What the sandbox's rules find in people's words. */
#include "../../services/sandbox/wording.c"
#include <criterion/criterion.h>

TestSuite(sandbox_wording, .timeout = 10);

Test(sandbox_wording, reads_prices_as_people_say_them)
{
    static const struct {
        const char *text;
        long want;
    } rows[] = {
        {"under five hundred thousand dollars", 500000},
        {"under $450,000", 450000},
        {"about 450k", 450000},
        {"half a million", 500000},
        {"four hundred and fifty thousand", 450000},
        {"one million", 1000000},
        {"a three-bedroom house", 0},
        {"at ten", 0},
        {"2 bedrooms under 300000", 300000},
        {"", 0},
        {"99999999999999999999999999", 999999999},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        long got = amount_in(rows[i].text);
        cr_expect(got == rows[i].want || (i == 10 && got > 0), "%s: %ld", rows[i].text, got);
    }
}

Test(sandbox_wording, reads_bedrooms)
{
    cr_expect_eq(bedrooms_in("a three-bedroom house"), 3);
    cr_expect_eq(bedrooms_in("with 2 bedrooms"), 2);
    cr_expect_eq(bedrooms_in("four bed flat"), 4);
    cr_expect_eq(bedrooms_in("how many bedrooms does it have"), 0);
}

Test(sandbox_wording, finds_the_next_such_day)
{
    struct tm sunday = {.tm_year = 126, .tm_mon = 10, .tm_mday = 22, .tm_hour = 12}, got;
    static const struct {
        const char *text;
        int month, day;
    } rows[] = {
        {"on tuesday", 11, 24}, {"next sunday", 11, 29},     {"tomorrow", 11, 23},
        {"today", 11, 22},      {"saturday at two", 11, 28},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert(day_in(rows[i].text, &sunday, &got));
        cr_expect(got.tm_mon + 1 == rows[i].month && got.tm_mday == rows[i].day, "%s: %d-%d",
                  rows[i].text, got.tm_mon + 1, got.tm_mday);
    }
    cr_expect_not(day_in("some day", &sunday, &got));
}

Test(sandbox_wording, finds_the_hour)
{
    static const struct {
        const char *text;
        int hour, minute;
    } rows[] = {
        {"at ten in the morning", 10, 0}, {"at two", 14, 0},           {"at 2:30 pm", 14, 30},
        {"at half past three", 15, 30},   {"in the afternoon", 15, 0}, {"at noon", 12, 0},
        {"look at it at 9 am", 9, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int h = -1, m = -1;
        cr_assert(hour_in(rows[i].text, &h, &m), "%s", rows[i].text);
        cr_expect(h == rows[i].hour && m == rows[i].minute, "%s: %d:%02d", rows[i].text, h, m);
    }
}

Test(sandbox_wording, finds_names_and_says_times)
{
    struct arena *a = arena_create(1 << 16);
    cr_expect_str_eq(name_in(a, "My name is Anna Weber.", false), "Anna Weber");
    cr_expect_str_eq(name_in(a, "Tom", true), "Tom");
    cr_expect_null(name_in(a, "I'm looking for a house", false));
    cr_expect_str_eq(say_amount(a, 1450000, "USD"), "1,450,000 dollars");
    cr_expect_str_eq(say_when(a, "2026-11-24T14:30"), "Tuesday the 24th at 2:30 in the afternoon");
    cr_expect_str_eq(say_when(a, "rubbish"), "the time we agreed");
    arena_destroy(a);
}
