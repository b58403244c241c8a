#include "base/utf8.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(utf8, .timeout = 10);

static int32_t first(const char *text, size_t *bytes)
{
    const char *p = text;
    int32_t c = utf8_next(&p);
    *bytes = (size_t)(p - text);
    return c;
}

Test(utf8, reads_characters_of_every_length)
{
    static const struct {
        const char *text;
        int32_t c;
    } rows[] = {
        {"a", 'a'},
        {"\x7f", 0x7f},
        {"\xc2\x80", 0x80},
        {"\xdf\xbf", 0x7ff},
        {"\xe0\xa0\x80", 0x800},
        {"\xed\x9f\xbf", 0xd7ff},
        {"\xee\x80\x80", 0xe000},
        {"\xef\xbf\xbf", 0xffff},
        {"\xf0\x90\x80\x80", 0x10000},
        {"\xf4\x8f\xbf\xbf", 0x10ffff},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n;
        cr_expect_eq(first(rows[i].text, &n), rows[i].c, "row %zu", i);
        cr_expect_eq(n, strlen(rows[i].text), "row %zu", i);
    }
}

Test(utf8, a_bad_byte_is_one_byte)
{
    const char *const rows[] = {"\x80",
                                "\xc0\x80",
                                "\xc1\xbf",
                                "\xc2",
                                "\xc2\x41",
                                "\xe0\x9f\xbf",
                                "\xed\xa0\x80",
                                "\xe2\x82",
                                "\xf0\x8f\xbf\xbf",
                                "\xf4\x90\x80\x80",
                                "\xf5\x80\x80\x80",
                                "\xff"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n;
        cr_expect_eq(first(rows[i], &n), UTF8_BAD, "row %zu", i);
        cr_expect_eq(n, 1, "row %zu", i);
    }
}

Test(utf8, counts_characters_not_bytes)
{
    cr_expect_eq(utf8_count(""), 0);
    cr_expect_eq(utf8_count("a\xc3\xa9\xf0\x9f\x98\x80"), 3);
    cr_expect_eq(utf8_count("\xff\xc3"), 2);
}

Test(utf8, knows_the_characters_that_lie)
{
    const int32_t lying[] = {0, '\t', '\n', 0x1f, 0x7f, 0x85, 0x202a, 0x202e, 0x2066, 0x2069};
    const int32_t honest[] = {' ', 'a', 0xa0, 0xe9, 0x200d, 0x200f, 0x2029, 0x5d0, 0x1f600};
    for (size_t i = 0; i < sizeof lying / sizeof *lying; i++)
        cr_expect(utf8_is_control(lying[i]), "%x", (unsigned)lying[i]);
    for (size_t i = 0; i < sizeof honest / sizeof *honest; i++)
        cr_expect_not(utf8_is_control(honest[i]), "%x", (unsigned)honest[i]);
}
