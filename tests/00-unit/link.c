#include "base/clock.h"
#include "voice/link.h"
#include <criterion/criterion.h>
#include <string.h>

TestSuite(link, .timeout = 10);

#define SECRET "a secret of the test"

static struct arena *a;

static void up(void)
{
    a = arena_create(1 << 16);
}

static void down(void)
{
    arena_destroy(a);
}

static uint64_t now_s(void)
{
    return clock_wall_ms() / 1000;
}

Test(link, opens_for_what_it_was_made_for, .init = up, .fini = down)
{
    const char *t = link_sign(a, SECRET, "recording", now_s() + 300, "tenant-1", "call-1");
    cr_expect(link_check(SECRET, "recording", t, "tenant-1", "call-1"));
    cr_expect_lt(strlen(t), LINK_TOKEN_MAX);
    cr_expect_eq(strspn(t, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."),
                 strlen(t));
}

Test(link, is_worth_nothing_for_anything_else, .init = up, .fini = down)
{
    const char *t = link_sign(a, SECRET, "recording", 0, "tenant-1", "call-1");
    cr_expect_not(link_check(SECRET, "clip", t, "tenant-1", "call-1"), "another purpose");
    cr_expect_not(link_check("another", "recording", t, "tenant-1", "call-1"), "another secret");
    cr_expect_not(link_check(SECRET, "recording", t, "tenant-2", "call-1"), "another tenant");
    cr_expect_not(link_check(SECRET, "recording", t, "call-1", "tenant-1"), "another order");
    cr_expect_not(link_check(SECRET, "recording", t, "tenant-1call-1"), "fields run together");
    cr_expect_not(link_check(SECRET, "recording", t, "tenant-1c", "all-1"), "another cut");
    cr_expect_not(link_check(SECRET, "recording", t, "tenant-1"), "a field missing");
    cr_expect_not(link_check(SECRET, "recording", t, "tenant-1", "call-1", ""), "a field more");
}

Test(link, ends_at_its_time, .init = up, .fini = down)
{
    cr_expect_not(link_check(SECRET, "r", link_sign(a, SECRET, "r", now_s() - 1, "x"), "x"));
    cr_expect_not(link_check(SECRET, "r", link_sign(a, SECRET, "r", 1, "x"), "x"));
    cr_expect(link_check(SECRET, "r", link_sign(a, SECRET, "r", now_s() + 60, "x"), "x"));
    cr_expect(link_check(SECRET, "r", link_sign(a, SECRET, "r", 0, "x"), "x"), "0 never ends");
}

Test(link, made_with_the_other_secret_holds_while_they_are_exchanged, .init = up, .fini = down)
{
    const char *t = link_sign(a, "the one that comes next", "r", now_s() + 60, "x");
    cr_expect_not(link_check(SECRET, "r", t, "x"));
    cr_expect_eq(link_configure(SECRET, "the one that comes next"), 0);
    cr_expect(link_check(SECRET, "r", t, "x"));
    cr_expect(link_check(SECRET, "r", link_sign(a, SECRET, "r", 0, "x"), "x"), "ours as before");
    cr_expect_not(link_check(SECRET, "r", t, "y"), "another field");
    cr_expect_not(link_check(SECRET, "r", link_sign(a, "a third one", "r", 0, "x"), "x"));
    cr_expect_eq(link_configure(SECRET, ""), 0);
    cr_expect_not(link_check(SECRET, "r", t, "x"));
}

Test(link, a_secret_that_could_be_guessed_is_a_problem)
{
    cr_expect_eq(link_configure("fifteen letters", ""), 1);
    cr_expect_eq(link_configure(SECRET, "fifteen letters"), 1);
    cr_expect_eq(link_configure("sixteen letters!", "sixteen letters!"), 0);
}

Test(link, is_refused_with_any_byte_changed, .init = up, .fini = down)
{
    const char *t = link_sign(a, SECRET, "r", now_s() + 60, "x");
    for (size_t i = 0; t[i]; i++)
        for (int bit = 0; bit < 7; bit++) {
            char *bad = arena_strdup(a, t);
            bad[i] = (char)(bad[i] ^ 1 << bit);
            cr_expect_not(link_check(SECRET, "r", bad, "x"), "byte %zu bit %d", i, bit);
        }
}

Test(link, is_refused_when_it_is_no_link_at_all)
{
    static const char *const bad[] = {"",
                                      ".",
                                      "0",
                                      "0.",
                                      "0.AAAA",
                                      "x.y",
                                      "-1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                      "fffffffffffff.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(link_check(SECRET, "r", bad[i], "x"), "%s", bad[i]);
    cr_expect_not(link_check(SECRET, "r", NULL, "x"));
}
