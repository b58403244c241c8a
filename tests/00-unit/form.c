#include "io/httpd.h"
#include <criterion/criterion.h>
#include <string.h>

static struct scope s;

static void up(void)
{
    scope_init(&s, 1000);
}

static void down(void)
{
    scope_fini(&s);
}

TestSuite(form, .init = up, .fini = down, .timeout = 10);

static struct form parsed(const char *text)
{
    struct form f;
    cr_assert_eq(form_parse(&s, text, strlen(text), 10, &f), OK);
    return f;
}

Test(form, keeps_the_order_and_decodes_names_and_values)
{
    struct form f = parsed("From=%2B15550100&Body=a+b%20c&na%6De=%C3%AD");
    cr_assert_eq(f.n, 3);
    cr_expect_str_eq(f.pairs[0].name, "From");
    cr_expect_str_eq(form_get(&f, "From"), "+15550100");
    cr_expect_str_eq(form_get(&f, "Body"), "a b c");
    cr_expect_str_eq(form_get(&f, "name"), "\xc3\xad");
}

Test(form, tells_an_empty_value_from_an_absent_one)
{
    struct form f = parsed("Empty=&Bare&x=1");
    cr_expect_str_eq(form_get(&f, "Empty"), "");
    cr_expect_str_eq(form_get(&f, "Bare"), "");
    cr_expect_null(form_get(&f, "Other"));
    cr_expect_null(form_get(&f, "Emp"), "a prefix is another name");
}

Test(form, skips_empty_parts_and_keeps_repeated_names)
{
    struct form f = parsed("&&a=1&&a=2&");
    cr_assert_eq(f.n, 2);
    cr_expect_str_eq(f.pairs[1].value, "2");
    cr_expect_str_eq(form_get(&f, "a"), "1");
}

Test(form, an_equals_sign_in_a_value_belongs_to_the_value)
{
    struct form f = parsed("a=b=c");
    cr_expect_str_eq(form_get(&f, "a"), "b=c");
}

Test(form, an_encoded_nul_is_a_byte_like_any_other)
{
    struct form f = parsed("a=x%00y");
    cr_expect_eq(f.pairs[0].value_n, 3);
    cr_expect_arr_eq(f.pairs[0].value, "x\0y", 4);
}

Test(form, nothing_is_a_form_of_no_pairs)
{
    cr_expect_eq(parsed("").n, 0);
}

Test(form, a_broken_escape_is_invalid)
{
    static const char *const broken[] = {"a=%", "a=%4", "a=%zz", "%=1", "a=%4g", "ok=1&b=%"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct form f;
        cr_expect_eq(form_parse(&s, broken[i], strlen(broken[i]), 10, &f), ERR_INVALID, "%s",
                     broken[i]);
    }
}

Test(form, too_many_pairs_are_invalid)
{
    struct form f;
    cr_expect_eq(form_parse(&s, "a&b&c", 5, 2, &f), ERR_INVALID);
    cr_expect_eq(f.n, 0);
}

Test(form, a_form_larger_than_the_scope_is_refused_not_fatal)
{
    struct form f;
    static char big[SCOPE_ARENA_MAX + 10];
    memset(big, 'a', sizeof big);
    cr_expect_eq(form_parse(&s, big, sizeof big, 10, &f), ERR_TOO_BIG);
}
