#include "io/js.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
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

TestSuite(js, .init = up, .fini = down, .timeout = 10);

static struct js *parsed(const char *text)
{
    struct js *j;
    cr_assert_eq(js_parse(&s, text, 0, &j), OK, "%s: %s", text, s.fault.message);
    return j;
}

/* Each refusal in a scope of its own: the first fault stays. */
static void refused(const char *text, size_t n, const char *why)
{
    struct scope own;
    struct js *j;
    scope_init(&own, 1000);
    cr_expect_eq(js_parse(&own, text, n, &j), ERR_INVALID, "accepted: %s", text);
    cr_expect_null(j);
    cr_expect(strstr(own.fault.message, why), "%s: \"%s\" does not say %s", text, own.fault.message,
              why);
    scope_fini(&own);
}

static const char *nested(int depth)
{
    static char text[4000];
    size_t n = 0;
    for (int i = 0; i < depth; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, i % 2 ? "[" : "{\"a\":");
    n += (size_t)snprintf(text + n, sizeof text - n, "1");
    for (int i = depth - 1; i >= 0; i--)
        n += (size_t)snprintf(text + n, sizeof text - n, i % 2 ? "]" : "}");
    return text;
}

Test(js, reads_every_kind_of_value)
{
    struct js *j = parsed(
        "{\"t\":\"a\\u00e9\",\"i\":-7,\"r\":1.5,\"b\":true,\"z\":null,\"a\":[1,2],\"o\":{}}");
    cr_expect_str_eq(js_text(js_get(j, "t")), "a\xc3\xa9");
    cr_expect_eq(js_int(js_get(j, "i")), -7);
    cr_expect_eq(js_real(js_get(j, "i")), -7.0);
    cr_expect_eq(js_real(js_get(j, "r")), 1.5);
    cr_expect(js_true(js_get(j, "b")));
    cr_expect_eq(js_type(js_get(j, "z")), JS_NULL);
    cr_expect_eq(js_count(js_get(j, "a")), 2);
    cr_expect_eq(js_int(js_at(js_get(j, "a"), 1)), 2);
    cr_expect_eq(js_type(js_get(j, "o")), JS_OBJECT);
    cr_expect_eq(js_count(j), 7);
}

Test(js, absent_and_other_kinds_read_as_nothing)
{
    struct js *j = parsed("{\"t\":\"a\",\"i\":1}");
    cr_expect_null(js_get(j, "none"));
    cr_expect_eq(js_type(js_get(j, "none")), JS_NONE);
    cr_expect_null(js_text(js_get(j, "none")));
    cr_expect_null(js_text(js_get(j, "i")));
    cr_expect_eq(js_int(js_get(j, "t")), 0);
    cr_expect_eq(js_real(NULL), 0.0);
    cr_expect_not(js_true(js_get(j, "i")));
    cr_expect_null(js_get(js_get(j, "t"), "deeper"));
    cr_expect_null(js_at(j, 0));
    cr_expect_eq(js_count(js_get(j, "t")), 0);
    cr_expect_null(js_first(js_get(j, "t")));
}

Test(js, iterates_in_the_order_of_the_text)
{
    struct js *j = parsed("{\"z\":1,\"a\":2,\"m\":3}");
    char seen[10] = "";
    for (struct js_iter *it = js_first(j); it; it = js_next(j, it))
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s%lld", js_key(it),
                 js_int(js_value(it)));
    cr_expect_str_eq(seen, "z1a2m3");
}

Test(js, B11_refuses_broken_json)
{
    const char *const broken[] = {
        "{",          "}",
        "{\"a\"}",    "{\"a\":}",
        "{\"a\":1,}", "[1,]",
        "[1 2]",      "{a:1}",
        "{'a':1}",    "[tru]",
        "[TRUE]",     "[01]",
        "[+1]",       "[.5]",
        "[1.]",       "[0x10]",
        "[1e]",       "[\"a]",
        "[\"\\x\"]",  "[\"\\u12\"]",
        "[\"a\nb\"]", "// no\n[]",
        "[]]",        "{}{}",
        "{} x",       "\xef\xbb\xbf[]",
        "[Infinity]", "[undefined]",
        "\x01",
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        refused(broken[i], 0, "not valid JSON");
    refused("", 0, "not valid JSON");
    refused(NULL, 0, "not valid JSON");
    refused("[1,\n 2,, 3]", 0, "line 2");
    refused("[1]x", 0, "something follows");
    refused("[[1]", 0, "ends too early");
}

Test(js, B12_refuses_json_deeper_than_32)
{
    parsed(nested(32));
    refused(nested(33), 0, "too deeply");
    refused(nested(400), 0, "too deeply");

    char flood[2000];
    memset(flood, '[', sizeof flood);
    refused(flood, sizeof flood, "too deeply");
}

Test(js, brackets_in_strings_are_not_depth)
{
    struct js *j = parsed("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\",\"\\\"{{{{{{{{{{{{"
                          "{{{{{{{{{{{{{{{{{{{{{{{\\\\\",1]");
    cr_expect_eq(js_count(j), 3);
}

Test(js, many_siblings_are_not_depth)
{
    char text[1000] = "[";
    for (int i = 0; i < 200; i++)
        strcat(text, "[],");
    strcat(text, "{}]");
    cr_expect_eq(js_count(parsed(text)), 201);
}

Test(js, B13_refuses_duplicate_keys)
{
    refused("{\"a\":1,\"a\":2}", 0, "twice");
    refused("[{\"b\":{\"a\":1,\"\\u0061\":2}}]", 0, "twice");
}

Test(js, B15_refuses_invalid_utf8)
{
    const char *const bad[] = {
        "[\"\x80\"]",     "[\"\xff\"]",         "[\"\xc3\"]",
        "[\"\xc0\xaf\"]", "[\"\xed\xa0\x80\"]", "[\"\xf5\x80\x80\x80\"]",
        "[\"\xe2\x82\"]", "{\"\xc3(\":1}",      "[\"\xf4\x90\x80\x80\"]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i], 0, "invalid UTF-8");
}

Test(js, B16_refuses_nul_and_lone_surrogates)
{
    refused("[\"a\\u0000b\"]", 0, "NUL");
    refused("{\"a\\u0000\":1}", 0, "NUL");
    refused("[\"a\0b\"]", 7, "not valid JSON");
    refused("[1]\0", 4, "not valid JSON");
    refused("[\"\\ud800\"]", 0, "not valid JSON");
    refused("[\"\\udc00\"]", 0, "not valid JSON");
    refused("[\"\\ud800\\ud800\"]", 0, "not valid JSON");
    cr_expect_str_eq(js_text(js_at(parsed("[\"\\ud83d\\ude00\"]"), 0)), "\xf0\x9f\x98\x80");
}

Test(js, B17_refuses_numbers_that_are_none)
{
    refused("[1e999]", 0, "out of range");
    refused("[-1e999]", 0, "out of range");
    refused("[9223372036854775808]", 0, "out of range");
    refused("[-9223372036854775809]", 0, "out of range");
    refused("[NaN]", 0, "not valid JSON");
    refused("{\"id\":-0}", 0, "negative zero");
    cr_expect_eq(js_real(js_at(parsed("[-0.5,1e-0,\"-0\"]"), 0)), -0.5);
    cr_expect_eq(js_int(js_at(parsed("[9223372036854775807]"), 0)), 9223372036854775807LL);
}

Test(js, B18_refuses_a_top_level_that_is_no_object_or_array)
{
    const char *const scalars[] = {"1", "\"text\"", "true", "null", "  -1.5 "};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        refused(scalars[i], 0, "not valid JSON");
}

Test(js, a_fault_never_quotes_the_input)
{
    refused("{\"a\":secret}", 0, "syntax error");
    struct js *j;
    cr_assert_eq(js_parse(&s, "{\"a\":secret}", 0, &j), ERR_INVALID);
    cr_expect_null(strstr(s.fault.message, "secret"));
}

Test(js, reads_only_n_bytes)
{
    struct js *j;
    cr_assert_eq(js_parse(&s, "[1]garbage", 3, &j), OK);
    cr_expect_eq(js_count(j), 1);
}

Test(js, builds_what_it_can_read_back)
{
    struct js *o = js_object(&s), *a = js_array(&s);
    js_set_text(o, "t", "quote \" and \xe2\x82\xac");
    js_set_text(o, "none", NULL);
    js_set_int(o, "i", -5);
    js_set_real(o, "r", 1.1);
    js_set_bool(o, "b", true);
    js_push_text(a, "x");
    js_push_int(a, 2);
    js_push_real(a, 0.5);
    js_push_bool(a, false);
    js_push(a, NULL);
    js_set(o, "a", a);
    const char *text = js_dump(&s, o);
    cr_expect_str_eq(
        text, "{\"t\":\"quote \\\" and \xe2\x82\xac\",\"none\":null,\"i\":-5,\"r\":1.1,\"b\":true,"
              "\"a\":[\"x\",2,0.5,false,null]}");
    cr_expect(js_equal(parsed(text), o));
}

Test(js, replaces_what_json_cannot_say)
{
    struct js *a = js_array(&s);
    js_push_text(a, "a\xff\xc3(b\xed\xa0\x80");
    js_push_real(a, NAN);
    js_push_real(a, INFINITY);
    cr_expect_str_eq(
        js_dump(&s, a),
        "[\"a\xef\xbf\xbd\xef\xbf\xbd(b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",null,null]");
}

Test(js, a_value_may_sit_in_two_trees_and_a_copy_is_its_own)
{
    struct js *child = js_object(&s), *one = js_array(&s), *two = js_array(&s);
    js_set_int(child, "n", 1);
    struct js *copy = js_copy(&s, child);
    js_push(one, child);
    js_push(two, child);
    js_push(two, js_get(parsed("{\"o\":[true]}"), "o"));
    js_set_int(copy, "n", 2);
    cr_expect_str_eq(js_dump(&s, one), "[{\"n\":1}]");
    cr_expect_str_eq(js_dump(&s, two), "[{\"n\":1},[true]]");
    cr_expect_str_eq(js_dump(&s, copy), "{\"n\":2}");
    cr_expect_null(js_copy(&s, NULL));
}
