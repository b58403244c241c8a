#include "base/buf.h"
#include <criterion/criterion.h>

TestSuite(buf, .timeout = 10);

static void expect_json(const char *text, const char *wanted)
{
    struct buf b = BUF(100);
    buf_put_json(&b, text);
    cr_expect_str_eq(b.p, wanted);
    buf_free(&b);
}

Test(buf, any_text_becomes_a_json_string)
{
    expect_json(NULL, "null");
    expect_json("", "\"\"");
    expect_json("say \"yes\" \\o/", "\"say \\\"yes\\\" \\\\o/\"");
    expect_json("a\nb\x01\x7f", "\"a\\u000ab\\u0001\\u007f\"");
    expect_json("Zo\xc3\xab \xf0\x9f\x8f\xa0", "\"Zo\xc3\xab \xf0\x9f\x8f\xa0\"");
    expect_json("cut \xc3", "\"cut \xef\xbf\xbd\"");
    expect_json("\xff\xc3(", "\"\xef\xbf\xbd\xef\xbf\xbd(\"");
}

Test(buf, what_does_not_fit_is_left_out_and_told)
{
    struct buf b = BUF(4);
    buf_puts(&b, "abc");
    cr_expect_not(b.over);
    buf_puts(&b, "de");
    cr_expect(b.over);
    cr_expect_str_eq(b.p, "abc");
    buf_reset(&b);
    cr_expect_not(b.over);
    buf_free(&b);
}
