/* What a model writes, made fit for the ear. */
#include "../../services/ai-pipeline/spoken.c"
#include <criterion/criterion.h>

TestSuite(spoken, .timeout = 10);

static void expect_spoken(const char *text, const char *want)
{
    struct arena *a = arena_create(1 << 16);
    cr_expect_str_eq(spoken(a, text, strlen(text)), want);
    arena_destroy(a);
}

Test(spoken, takes_markup_off)
{
    expect_spoken("**Yes**, it is _lovely_ and `new`.", "Yes, it is lovely and new.");
    expect_spoken("# The house\n- is free", "The house - is free");
    expect_spoken("<b>Yes</b> <speak>now</speak>", "Yes now");
}

Test(spoken, leaves_out_addresses_of_the_web_and_of_mail)
{
    expect_spoken("See https://evil.example/x?y=1. It is there.", "See. It is there.");
    expect_spoken("Write to me@example.com, please.", "Write to, please.");
    expect_spoken("Look at [our page](https://example.com/a_b) now.", "Look at our page now.");
}

Test(spoken, leaves_out_addresses_without_a_scheme)
{
    expect_spoken("Go to evil.example, or bit.ly/x and youtu.be/abc now.", "Go to, or and now.");
    expect_spoken("Open tel:+19005550199 or javascript://x today.",
                  "Open tel:+19005550199 or today.");
    expect_spoken("I see.It is 3.5 miles, e.g. by car, 14.5/15.",
                  "I see.It is 3.5 miles, e.g. by car, 14.5/15.");
}

Test(spoken, keeps_what_only_looks_like_markup)
{
    expect_spoken("3 < 4 and a@b", "3 4 and a@b");
    expect_spoken("It costs $1,250,000.50.", "It costs $1,250,000.50.");
}

Test(spoken, drops_controls_and_broken_characters)
{
    expect_spoken("a\x01"
                  "b\xff"
                  "c \xe2\x80\xae"
                  "d",
                  "abc d");
    expect_spoken("  caf\xc3\xa9  \n\t au lait ", "caf\xc3\xa9 au lait");
}

Test(spoken, may_leave_nothing)
{
    expect_spoken("** https://a.example **", "");
}
