/* The sandbox's reading of TwiML, shared with nobody. */
#include "../../services/sandbox/twiml.c"
#include "../../services/sandbox/url.c"
#include <criterion/criterion.h>

TestSuite(sandbox_twiml, .timeout = 10);

static struct arena *arena;

static void up(void)
{
    arena = arena_create(TWIML_ARENA);
}

static void down(void)
{
    arena_destroy(arena);
}

static struct element *parse(const char *xml, struct problem *why)
{
    *why = (struct problem){0};
    return twiml_parse(arena, xml, strlen(xml), why);
}

Test(sandbox_twiml, refuses_what_is_no_document, .init = up, .fini = down)
{
    static const char *const wrong[] = {
        "",
        "hello",
        "<Response>",
        "<Response><Say>a</say></Response>",
        "<response/>",
        "<Say>hello</Say>",
        "<Response><Redirect>/a?b=1&c=2</Redirect></Response>",
        "<Response><Say>\x01</Say></Response>",
        "<Response><Say>\xff\xfe</Say></Response>",
        "<Response/><Response/>",
        "<!DOCTYPE r [<!ENTITY a \"b\">]><Response><Say>&a;</Say></Response>",
        "<a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a></a></a></a>",
    };
    struct problem why;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect_null(parse(wrong[i], &why), "%s", wrong[i]);
        cr_expect_eq(why.code, 12100, "%s: %d", wrong[i], why.code);
        cr_expect(*why.text);
    }
}

Test(sandbox_twiml, bounds_depth_and_number_of_elements, .init = up, .fini = down)
{
    struct problem why;
    struct buf deep = buf_in(arena, TWIML_MAX), wide = buf_in(arena, TWIML_MAX);
    buf_puts(&deep, "<Response>");
    for (int i = 0; i < 1000; i++)
        buf_puts(&deep, "<Say>");
    cr_expect_null(parse(deep.p, &why));
    cr_expect_eq(why.code, 12100);
    buf_puts(&wide, "<Response>");
    for (int i = 0; i < 10000; i++)
        buf_puts(&wide, "<Say/>");
    cr_expect_null(parse(wide.p, &why));
    cr_expect_eq(why.code, 12100);
}

Test(sandbox_twiml, keeps_order_attributes_and_decoded_text, .init = up, .fini = down)
{
    struct problem why;
    struct element *r = parse("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\n <!-- x "
                              "--><Say voice=\"man\">a &amp; b&#xD;</Say>"
                              "<Gather input='dtmf speech' action=\"/t?a=1&amp;b=2\" "
                              "timeout=\"3\"><Play>u</Play></Gather>"
                              "<Hangup/></Response>",
                              &why);
    cr_assert_not_null(r, "%s", why.text);
    struct element *say = r->children, *gather = say->next, *hangup = gather->next;
    cr_expect_str_eq(say->text, "a & b\r");
    cr_expect_str_eq(twiml_attr(say, "voice", ""), "man");
    cr_expect_str_eq(twiml_attr(gather, "action", ""), "/t?a=1&b=2");
    cr_expect(twiml_has(gather, "input", "dtmf", "speech"));
    cr_expect_not(twiml_has(gather, "input", "dtmf", "spee"));
    cr_expect_eq(twiml_int(gather, "timeout", 5), 3);
    cr_expect_eq(twiml_int(gather, "numDigits", 7), 7);
    cr_expect_str_eq(gather->children->text, "u");
    cr_expect(twiml_is(hangup, "Hangup"));
    cr_expect_null(hangup->next);
}

Test(sandbox_twiml, speaks_the_text_inside_speech_markup, .init = up, .fini = down)
{
    struct problem why;
    struct element *r = parse("<Response><Say>One <prosody rate=\"slow\">two "
                              "<s>three</s></prosody> four</Say></Response>",
                              &why);
    cr_assert_not_null(r);
    cr_expect_str_eq(r->children->text, "One two three four");
}

static void count_warning(void *arg, int code, const char *text)
{
    (void)text;
    *(int *)arg += code == 12200;
}

static int warnings(const char *xml)
{
    struct problem why;
    int n = 0;
    struct element *r = parse(xml, &why);
    cr_assert_not_null(r, "%s: %s", xml, why.text);
    twiml_check(arena, r, count_warning, &n);
    return n;
}

Test(sandbox_twiml, warns_about_names_that_are_not_twiml, .init = up, .fini = down)
{
    cr_expect_eq(
        warnings(
            "<Response><Say voice='man' language='en-US' loop='2'>x</Say><Hangup/></Response>"),
        0);
    cr_expect_eq(warnings("<Response><Gather input='speech' "
                          "actionOnEmptyResult='true'><Say>x<break/></Say></Gather></Response>"),
                 0);
    cr_expect_eq(warnings("<Response><say>x</say></Response>"), 1);
    cr_expect_eq(warnings("<Response><Say rate='slow'>x</Say></Response>"), 1);
    cr_expect_eq(warnings("<Response><Gather Input='speech'><Record/></Gather></Response>"), 2);
    cr_expect_eq(warnings("<Response><Start><Recording "
                          "recordingStatusCallback='http://h/r'/></Start></Response>"),
                 0);
    cr_expect_eq(warnings("<Response><Dial callerId='+1'><Number "
                          "statusCallback='http://h/s'>+15550100</Number></Dial></Response>"),
                 0);
}

Test(sandbox_twiml, resolves_addresses_against_the_document, .init = up, .fini = down)
{
    static const char base[] = "https://h:8443/a/b/c?x=1#rc=2";
    static const struct {
        const char *ref, *want;
    } rows[] = {
        {"http://o/p", "http://o/p"},          {"/turn?n=1", "https://h:8443/turn?n=1"},
        {"d", "https://h:8443/a/b/d"},         {"../d", "https://h:8443/a/d"},
        {"./d/./e", "https://h:8443/a/b/d/e"}, {"../../../d", "https://h:8443/d"},
        {"?y=2", "https://h:8443/a/b/c?y=2"},  {"//o/p", "https://o/p"},
        {"", "https://h:8443/a/b/c?x=1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_str_eq(url_resolve(arena, base, rows[i].ref), rows[i].want, "%s -> %s",
                         rows[i].ref, url_resolve(arena, base, rows[i].ref));
    cr_expect_null(url_resolve(arena, NULL, "/turn"));
    cr_expect_null(url_resolve(arena, base, "ftp://h/x"));
}

Test(sandbox_twiml, knows_which_hosts_may_be_called, .init = up, .fini = down)
{
    cr_expect(url_callable("http://127.0.0.1:8081/webhooks/twilio/voice?x_y=1"));
    cr_expect(url_callable("https://user:pa_ss@voice.example.com/x#rc=2"));
    cr_expect_not(url_callable("https://my_host/x"));
    cr_expect_not(url_callable("https:///x"));
    cr_expect_not(url_callable("wss://h/x"));
    cr_expect_not(url_callable("/relative"));
    cr_expect_eq(url_override("https://h/p#rc=3&tt=900", "tt", 15000), 900);
    cr_expect_eq(url_override("https://h/p?rc=3", "rc", 1), 1);
    cr_expect_str_eq(url_with_query(arena, "https://h/p?a=1#rc=3", "b=2"), "https://h/p?a=1&b=2");
}
