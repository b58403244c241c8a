/* What is written is read back by expat, as a parser that is not ours. */
#include "voice/twiml.h"
#include "base/scope.h"
#include "base/utf8.h"
#include <criterion/criterion.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

static struct scope s;
static struct twiml t;

static void up(void)
{
    scope_init(&s, 1000);
    twiml_begin(&t, s.arena);
}

static void down(void)
{
    scope_fini(&s);
}

TestSuite(twiml, .init = up, .fini = down, .timeout = 10);

/* ---- reading: a document as one line, "Response(Say[voice=x]'hello' Hangup)" ---- */

struct reading {
    struct buf line, text, value;
    int elements;
};

static void flush_text(struct reading *r)
{
    if (r->text.n)
        buf_printf(&r->line, "'%s'", r->text.p);
    buf_reset(&r->text);
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;
    flush_text(r);
    if (r->line.n && !strchr("( ", r->line.p[r->line.n - 1]))
        buf_putc(&r->line, ' ');
    buf_puts(&r->line, name);
    for (size_t i = 0; attributes[i]; i += 2) {
        buf_printf(&r->line, "%s%s=%s", i ? " " : "[", attributes[i], attributes[i + 1]);
        buf_reset(&r->value);
        buf_puts(&r->value, attributes[i + 1]);
    }
    buf_puts(&r->line, attributes[0] ? "](" : "(");
    r->elements++;
}

static void on_end(void *arg, const char *name)
{
    struct reading *r = arg;
    (void)name;
    flush_text(r);
    if (r->line.p[r->line.n - 1] == '(')
        r->line.p[--r->line.n] = 0;
    else
        buf_putc(&r->line, ')');
}

static void on_text(void *arg, const char *text, int n)
{
    buf_put(&((struct reading *)arg)->text, text, (size_t)n);
}

static struct reading read_xml(const char *xml, size_t n)
{
    struct reading r = {.line = buf_in(s.arena, 1 << 18),
                        .text = buf_in(s.arena, 1 << 17),
                        .value = buf_in(s.arena, 1 << 17)};
    XML_Parser p = XML_ParserCreate(NULL);
    XML_SetUserData(p, &r);
    XML_SetElementHandler(p, on_start, on_end);
    XML_SetCharacterDataHandler(p, on_text);
    cr_assert_eq(XML_Parse(p, xml, (int)n, 1), XML_STATUS_OK, "%s in %s",
                 XML_ErrorString(XML_GetErrorCode(p)), xml);
    XML_ParserFree(p);
    return r;
}

static const char *finished(void)
{
    const struct buf *b = twiml_finish(&t);
    return read_xml(b->p, b->n).line.p;
}

/* ---- verbs ---- */

Test(twiml, an_empty_document_does_nothing)
{
    cr_expect_str_eq(twiml_finish(&t)->p,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response></Response>");
}

Test(twiml, simple_verbs_run_in_order)
{
    twiml_say(&t, "Hello", "Polly.Joanna", "en-US", NULL);
    twiml_say(&t, "Slowly", NULL, NULL, "slow");
    twiml_play(&t, "https://v.example.com/a.wav?x=1&y=2");
    twiml_pause(&t, 2);
    twiml_pause(&t, 0);
    twiml_redirect(&t, "https://v.example.com/next?a=b&c=d");
    twiml_hangup(&t);
    cr_expect_str_eq(finished(),
                     "Response(Say[voice=Polly.Joanna language=en-US]('Hello')"
                     " Say(prosody[rate=slow]('Slowly'))"
                     " Play('https://v.example.com/a.wav?x=1&y=2') Pause[length=2] Pause"
                     " Redirect[method=POST]('https://v.example.com/next?a=b&c=d') Hangup)");
}

Test(twiml, a_call_can_be_refused)
{
    twiml_reject(&t, "busy");
    cr_expect_str_eq(finished(), "Response(Reject[reason=busy])");
}

Test(twiml, gather_holds_what_can_be_interrupted)
{
    twiml_gather(&t, &(struct twiml_gather){.action = "/g?a=1&b=2",
                                            .speech = true,
                                            .dtmf = true,
                                            .timeout = 5,
                                            .speech_timeout = "auto",
                                            .language = "en-GB",
                                            .hints = "Main St, \"The Elms\"",
                                            .digits = 1,
                                            .finish_key = "",
                                            .action_on_empty = true});
    twiml_say(&t, "Yes?", NULL, NULL, "fast");
    twiml_end_gather(&t);
    twiml_hangup(&t);
    cr_expect_str_eq(
        finished(),
        "Response(Gather[input=dtmf speech action=/g?a=1&b=2 method=POST timeout=5"
        " speechTimeout=auto language=en-GB hints=Main St, \"The Elms\" numDigits=1"
        " finishOnKey= actionOnEmptyResult=true](Say(prosody[rate=fast]('Yes?'))) Hangup)");
}

Test(twiml, recordings_name_their_callbacks)
{
    twiml_start_recording(&t, "https://v/r");
    cr_expect_str_eq(
        finished(),
        "Response(Start(Recording[channels=dual recordingStatusCallback=https://v/r"
        " recordingStatusCallbackMethod=POST recordingStatusCallbackEvent=completed absent]))");
}

Test(twiml, dial_transfers_to_one_number)
{
    twiml_dial(&t, &(struct twiml_dial){.number = "+14155550123",
                                        .caller_id = "+14155550100",
                                        .action = "https://v/after",
                                        .timeout = 20,
                                        .limit_seconds = 600,
                                        .whisper = "https://v/w"});
    cr_expect_str_eq(finished(),
                     "Response(Dial[callerId=+14155550100 action=https://v/after method=POST"
                     " timeout=20 timeLimit=600 answerOnBridge=true]"
                     "(Number[url=https://v/w method=POST]('+14155550123')))");
}

Test(twiml, connects_to_a_media_socket)
{
    twiml_connect_stream(
        &t, &(struct twiml_stream){
                .action = "https://v/after", .url = "wss://v/media", .turn = "1", .token = "a\"b"});
    cr_expect_str_eq(finished(), "Response(Connect[action=https://v/after method=POST]"
                                 "(Stream[url=wss://v/media](Parameter[name=turn value=1] "
                                 "Parameter[name=token value=a\"b])))");
}

Test(twiml, an_open_gather_is_closed_at_the_end)
{
    twiml_gather(&t, &(struct twiml_gather){.dtmf = true});
    cr_expect_str_eq(finished(), "Response(Gather[input=dtmf])");
}

Test(twiml, a_missing_text_is_silence)
{
    twiml_say(&t, NULL, NULL, NULL, NULL);
    cr_expect_str_eq(finished(), "Response(Say)");
}

/* ---- text ---- */

/* What a reader must get for it: forbidden characters gone, bad bytes replaced, all else as it was. */
static const char *expected_of(const char *text)
{
    struct buf b = buf_in(s.arena, 1 << 17);
    for (const char *p = text, *from = p; *p; from = p) {
        int32_t c = utf8_next(&p);
        if (c == UTF8_BAD)
            buf_puts(&b, UTF8_REPLACEMENT);
        else if (c >= 0x20 ? c != 0xfffe && c != 0xffff : c == '\t' || c == '\n' || c == '\r')
            buf_put(&b, from, (size_t)(p - from));
    }
    return b.p;
}

/* Said, and as an attribute: one element each, and exactly that text. */
static void survives(const char *text)
{
    const char *expected = expected_of(text);
    twiml_begin(&t, s.arena);
    twiml_say(&t, text, NULL, NULL, NULL);
    const struct buf *said = twiml_finish(&t);
    struct reading r = read_xml(said->p, said->n);
    cr_expect_eq(r.elements, 2, "%s became markup: %s", text, said->p);
    const char *line =
        arena_printf(s.arena, *expected ? "Response(Say('%s'))" : "Response(Say%s)", expected);
    cr_expect_str_eq(r.line.p, line);

    twiml_begin(&t, s.arena);
    twiml_gather(&t, &(struct twiml_gather){.speech = true, .hints = text});
    const struct buf *held = twiml_finish(&t);
    r = read_xml(held->p, held->n);
    cr_expect_eq(r.elements, 2, "%s became markup: %s", text, held->p);
    cr_expect_str_eq(r.value.p, expected);
}

Test(twiml, S24_nothing_that_is_said_becomes_markup)
{
    static const char *const corpus[] = {
        "</Say><Dial>+19005550123</Dial><Say>",
        "</Say></Response><Response><Hangup/>",
        "<Play>https://evil.example/x.mp3</Play>",
        "<Redirect method=\"GET\">https://evil.example/</Redirect>",
        "\"/><Dial><Number>+19005550123</Number></Dial><Say x=\"",
        "' onload='x' a='",
        "<!-- comment --><![CDATA[ </Say> ]]>",
        "]]>",
        "<![CDATA[<Hangup/>]]>",
        "<?xml version=\"1.0\"?><?php echo 1 ?>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
        "&lt;Hangup/&gt;",
        "&amp;amp;",
        "&#60;Hangup/&#62; &#x3c;Hangup/&#x3e;",
        "&unknown; & &; &#; &#x110000; &#0;",
        "a < b && b > c",
        "tab\there, line\nthere, return\r\nboth",
        "  two spaces, kept  ",
        "\x01\x02<\x03Hangup/\x08>\x0b\x0c\x0e\x1f",
        "<\x7fHangup\x7f/>",
        "\xef\xbf\xbe\xef\xbf\xbf<Hangup/>",
        "\xed\xa0\x80\xed\xb0\x80",
        "\xc0\xbcHangup/\xc0\xbe",
        "\xe0\x80\xbcHangup/\xe0\x80\xbe",
        "\xf0\x80\x80\xbcHangup/>",
        "\xff\xfe<\xffHangup/>",
        "cut off \xe2\x82",
        "cut off \xf0\x9f\x98",
        "\xc3<Hangup/>",
        "\xf0\x9f\x98<Hangup/>",
        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
        "\xe2\x80\xae>/pugnaH<",
        "\xef\xbc\x9cHangup/\xef\xbc\x9e",
        "%s%n%x %d \\u003cHangup/\\u003e",
        "<break time=\"10s\"/><prosody volume=\"x-loud\">",
        "",
        "\x01",
    };
    for (size_t i = 0; i < sizeof corpus / sizeof *corpus; i++)
        survives(corpus[i]);
}

Test(twiml, S24_no_string_of_hostile_pieces_becomes_markup)
{
    static const char *const pieces[] = {
        "<",    ">",         "&",        "\"",           "'",  "/",  "Hangup",
        "]]>",  "<![CDATA[", "&#x3c;",   "\r",           "\n", "\t", "\x01",
        "\xc3", "\xa9",      "\xf0\x9f", "\xef\xbf\xbf", " ",  "--", "a"};
    srand(20261122); /* the same strings each time */
    for (int round = 0; round < 500; round++) {
        char text[200] = "";
        for (int n = rand() % 12; n >= 0; n--)
            strcat(text, pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)]);
        struct arena *whole = s.arena;
        s.arena = arena_create(1 << 20);
        survives(text);
        arena_destroy(s.arena);
        s.arena = whole;
    }
}

Test(twiml, every_attribute_is_escaped)
{
    static const char hostile[] = "\"><Hangup/><x y=\"";
    twiml_say(&t, "a", hostile, hostile, hostile);
    twiml_reject(&t, hostile);
    twiml_start_recording(&t, hostile);
    twiml_dial(&t, &(struct twiml_dial){.number = hostile,
                                        .caller_id = hostile,
                                        .action = hostile,
                                        .whisper = hostile,
                                        .status_callback = hostile});
    twiml_play(&t, hostile);
    twiml_redirect(&t, hostile);
    twiml_gather(&t, &(struct twiml_gather){.speech = true,
                                            .action = hostile,
                                            .speech_timeout = hostile,
                                            .speech_model = hostile,
                                            .language = hostile,
                                            .finish_key = hostile});
    const struct buf *b = twiml_finish(&t);
    cr_expect_eq(read_xml(b->p, b->n).elements, 11);
    cr_expect_null(strstr(b->p, "<Hangup"));
}

/* ---- the bound ---- */

static void say_long(size_t n)
{
    char *text = arena_alloc(s.arena, n + 1);
    memset(text, 'a', n);
    twiml_say(&t, text, NULL, NULL, NULL);
}

Test(twiml, a_long_document_fits_within_the_bound)
{
    say_long(60000);
    const struct buf *b = twiml_finish(&t);
    cr_expect_gt(b->n, 60000);
    read_xml(b->p, b->n);
}

Test(twiml, over_the_bound_it_becomes_the_apology)
{
    say_long(40000);
    say_long(40000);
    twiml_hangup(&t);
    cr_expect_str_eq(twiml_finish(&t)->p, TWIML_APOLOGY);
}

Test(twiml, escaping_counts_towards_the_bound)
{
    char text[20001];
    memset(text, '&', 20000);
    text[20000] = 0;
    twiml_say(&t, text, NULL, NULL, NULL);
    cr_expect_str_eq(twiml_finish(&t)->p, TWIML_APOLOGY);
}

Test(twiml, the_apology_speaks_and_hangs_up)
{
    struct reading r = read_xml(TWIML_APOLOGY, strlen(TWIML_APOLOGY));
    cr_expect(strstr(r.line.p, "Response(Say('We are sorry") == r.line.p);
    cr_expect(strstr(r.line.p, " Hangup)"));
}
