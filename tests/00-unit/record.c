/* Tables as tools/msggen.py writes them; what it writes itself is tested in 40-contract. */
#include "io/record.h"
#include <criterion/criterion.h>
#include <float.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct event {
    const char *call_sid;
    struct js *more;
};

struct settings {
    const char *voice_speed;
    long long volume;
    bool has_volume;
};

struct thing {
    const char *id;
    const char *note;
    bool null_note;
    const char *prompt;
    const char *at;
    long long tries;
    double score;
    bool has_score;
    bool live;
    bool has_live;
    struct settings *settings;
    const char **tags;
    size_t tags_n;
    struct event *events;
    size_t events_n;
    struct js *free;
};

static const struct field event_fields[] = {
    {.name = "call_sid",
     .kind = FIELD_TEXT,
     .at = offsetof(struct event, call_sid),
     .required = true,
     .most = 4},
    {.name = "more", .kind = FIELD_FREE, .at = offsetof(struct event, more)},
};
static const struct record event_record = {"event", sizeof(struct event), event_fields, 2, false};

static const struct field settings_fields[] = {
    {.name = "voice_speed",
     .kind = FIELD_TEXT,
     .at = offsetof(struct settings, voice_speed),
     .required = true,
     .most = LLONG_MAX,
     .choices = (const char *const[]){"slow", "normal", NULL}},
    {.name = "volume",
     .kind = FIELD_INT,
     .at = offsetof(struct settings, volume),
     .has_at = offsetof(struct settings, has_volume),
     .required = true,
     .nullable = true,
     .least = LLONG_MIN,
     .most = LLONG_MAX},
};
static const struct record settings_record = {"settings", sizeof(struct settings), settings_fields,
                                              2, true};

static const struct field thing_fields[] = {
    {.name = "id",
     .kind = FIELD_TEXT,
     .at = offsetof(struct thing, id),
     .required = true,
     .most = 36,
     .format = FORMAT_UUID},
    {.name = "note",
     .kind = FIELD_TEXT,
     .at = offsetof(struct thing, note),
     .null_at = offsetof(struct thing, null_note),
     .nullable = true,
     .least = 1,
     .most = 5,
     .controls = CONTROLS_NONE},
    {.name = "prompt",
     .kind = FIELD_TEXT,
     .at = offsetof(struct thing, prompt),
     .most = 20,
     .controls = CONTROLS_LINES},
    {.name = "at",
     .kind = FIELD_TEXT,
     .at = offsetof(struct thing, at),
     .most = 40,
     .format = FORMAT_DATE_TIME},
    {.name = "tries",
     .kind = FIELD_INT,
     .at = offsetof(struct thing, tries),
     .required = true,
     .least = 0,
     .most = 9},
    {.name = "score",
     .kind = FIELD_REAL,
     .at = offsetof(struct thing, score),
     .has_at = offsetof(struct thing, has_score),
     .real_least = -0.5,
     .real_most = DBL_MAX},
    {.name = "live",
     .kind = FIELD_BOOL,
     .at = offsetof(struct thing, live),
     .has_at = offsetof(struct thing, has_live)},
    {.name = "settings",
     .kind = FIELD_RECORD,
     .at = offsetof(struct thing, settings),
     .record = &settings_record},
    {.name = "tags",
     .kind = FIELD_ARRAY,
     .at = offsetof(struct thing, tags),
     .count_at = offsetof(struct thing, tags_n),
     .required = true,
     .most = 3,
     .unique = true,
     .item = &(const struct field){.kind = FIELD_TEXT, .most = 9}},
    {.name = "events",
     .kind = FIELD_ARRAY,
     .at = offsetof(struct thing, events),
     .count_at = offsetof(struct thing, events_n),
     .least = 1,
     .most = LLONG_MAX,
     .item = &(const struct field){.kind = FIELD_RECORD, .record = &event_record}},
    {.name = "free", .kind = FIELD_FREE, .at = offsetof(struct thing, free)},
};
static const struct record thing_record = {"thing", sizeof(struct thing), thing_fields, 11, true};

#define ID   "\"id\":\"019a5b3e-0000-7000-8000-000000000001\""
#define BASE "{" ID ",\"tries\":1,\"tags\":[]"

static struct scope s;

static void up(void)
{
    scope_init(&s, 1000);
}

static void down(void)
{
    scope_fini(&s);
}

TestSuite(record, .init = up, .fini = down, .timeout = 10);

static void refused(enum err e, const char *text, const char *field, const char *why)
{
    struct scope own;
    struct thing t;
    scope_init(&own, 1000);
    cr_expect_eq(record_decode(&own, &thing_record, text, 0, &t), e, "%s", text);
    cr_expect_str_eq(own.fault.field, field, "%s: blames %s", text, own.fault.field);
    cr_expect(strstr(own.fault.message, why), "%s: %s", text, own.fault.message);
    scope_fini(&own);
}

static struct thing decoded(const char *text)
{
    struct thing t;
    cr_assert_eq(record_decode(&s, &thing_record, text, 0, &t), OK, "%s: %s %s", text,
                 s.fault.field, s.fault.message);
    return t;
}

Test(record, fills_every_member)
{
    struct thing t = decoded("{" ID ",\"note\":\"caf\xc3\xa9s\",\"prompt\":\"a\\n\\tb\",\"at\":"
                             "\"2026-11-22T10:17:15.042Z\",\"tries\":9,"
                             "\"score\":1,\"live\":false,\"settings\":{\"voice_speed\":\"slow\","
                             "\"volume\":null},\"tags\":[\"b\",\"a\"],"
                             "\"events\":[{\"call_sid\":\"x\"},{\"call_sid\":\"y\",\"more\":{\"k\":"
                             "[1]},\"unknown\":1}],\"free\":{}}");
    cr_expect_str_eq(t.id, "019a5b3e-0000-7000-8000-000000000001");
    cr_expect_str_eq(t.note, "caf\xc3\xa9s");
    cr_expect_str_eq(t.prompt, "a\n\tb");
    cr_expect_eq(t.tries, 9);
    cr_expect(t.has_score);
    cr_expect_eq(t.score, 1.0);
    cr_expect(t.has_live);
    cr_expect_not(t.live);
    cr_expect_str_eq(t.settings->voice_speed, "slow");
    cr_expect_not(t.settings->has_volume);
    cr_expect_eq(t.tags_n, 2);
    cr_expect_str_eq(t.tags[1], "a");
    cr_expect_eq(t.events_n, 2);
    cr_expect_str_eq(t.events[1].call_sid, "y");
    cr_expect_eq(js_int(js_at(js_get(t.events[1].more, "k"), 0)), 1);
    cr_expect_null(t.events[0].more);
    cr_expect_not_null(t.free);
}

Test(record, absent_members_are_nothing)
{
    struct thing t = decoded(BASE "}");
    cr_expect_null(t.note);
    cr_expect_null(t.settings);
    cr_expect_null(t.events);
    cr_expect_null(t.free);
    cr_expect_eq(t.events_n + t.tags_n, 0);
    cr_expect_not(t.has_score || t.has_live || t.null_note);
}

Test(record, null_is_told_apart_from_absent)
{
    cr_expect(decoded(BASE ",\"note\":null}").null_note);
    cr_expect_null(decoded(BASE ",\"note\":null}").note);
}

Test(record, comes_back_as_it_was_written)
{
    const char *const rows[] = {
        "{" ID ",\"tries\":0,\"tags\":[]}",
        "{" ID ",\"note\":null,\"tries\":0,\"tags\":[\"a\"]}",
        "{" ID ",\"note\":\"x\",\"prompt\":\"\",\"tries\":0,\"score\":-0.5,\"live\":true,"
        "\"settings\":{\"voice_speed\":\"normal\",\"volume\":null},\"tags\":[\"a\",\"b\",\"c\"],"
        "\"events\":[{\"call_sid\":\"\"},{\"call_sid\":\"z\",\"more\":{\"deep\":{\"er\":[null]}}}],"
        "\"free\":{\"a\":1.25}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct thing t = decoded(rows[i]);
        cr_expect_str_eq(record_encode(&s, &thing_record, &t), rows[i]);
    }
}

Test(record, a_required_text_that_was_not_set_is_written_as_null_and_refused_by_the_reader)
{
    struct thing t = {.tries = 1};
    refused(ERR_UNPROCESSABLE, record_encode(&s, &thing_record, &t), "id", "must be a string");
}

Test(record, a_wrong_shape_is_invalid)
{
    refused(ERR_INVALID, "{\"id\":", "", "not valid JSON");
    refused(ERR_INVALID, "[]", "", "must be an object");
    refused(ERR_INVALID, "{}", "id", "is required");
    refused(ERR_INVALID, "{" ID ",\"tries\":1}", "tags", "is required");
    refused(ERR_INVALID, BASE ",\"extra\":1}", "extra", "unknown member");
    refused(ERR_INVALID, BASE ",\"settings\":[]}", "settings", "must be an object");
    refused(ERR_INVALID, BASE ",\"settings\":null}", "settings", "must be an object");
    refused(ERR_INVALID, BASE ",\"settings\":{}}", "settings.voice_speed", "is required");
    refused(ERR_INVALID, BASE ",\"settings\":{\"voice_speed\":\"slow\",\"volume\":1,\"status\":1}}",
            "settings.status", "unknown member");
    refused(ERR_INVALID, BASE ",\"events\":{}}", "events", "must be an array");
    refused(ERR_INVALID, BASE ",\"events\":[{\"call_sid\":\"a\"},7]}", "events[1]",
            "must be an object");
    refused(ERR_INVALID, BASE ",\"events\":[{\"call_sid\":\"a\"},{}]}", "events[1].call_sid",
            "is required");
    refused(ERR_INVALID, BASE ",\"free\":[]}", "free", "must be an object");
}

Test(record, a_wrong_value_is_unprocessable)
{
    refused(ERR_UNPROCESSABLE, "{\"id\":7,\"tries\":1,\"tags\":[]}", "id", "must be a string");
    refused(ERR_UNPROCESSABLE, "{\"id\":\"7\",\"tries\":1,\"tags\":[]}", "id", "UUID");
    refused(ERR_UNPROCESSABLE, "{" ID ",\"tries\":10,\"tags\":[]}", "tries", "too large");
    refused(ERR_UNPROCESSABLE, "{" ID ",\"tries\":-1,\"tags\":[]}", "tries", "too small");
    refused(ERR_UNPROCESSABLE, "{" ID ",\"tries\":0.5,\"tags\":[]}", "tries", "whole number");
    refused(ERR_UNPROCESSABLE, "{" ID ",\"tries\":\"3\",\"tags\":[]}", "tries", "whole number");
    refused(ERR_UNPROCESSABLE, "{" ID ",\"tries\":null,\"tags\":[]}", "tries", "whole number");
    refused(ERR_UNPROCESSABLE, BASE ",\"score\":-0.6}", "score", "too small");
    refused(ERR_UNPROCESSABLE, BASE ",\"score\":true}", "score", "must be a number");
    refused(ERR_UNPROCESSABLE, BASE ",\"live\":\"true\"}", "live", "true or false");
    refused(ERR_UNPROCESSABLE, BASE ",\"live\":1}", "live", "true or false");
    refused(ERR_UNPROCESSABLE, BASE ",\"settings\":{\"voice_speed\":\"Slow\"}}",
            "settings.voice_speed", "allowed");
    refused(ERR_UNPROCESSABLE, "{" ID ",\"tries\":1,\"tags\":[\"a\",\"b\",\"c\",\"d\"]}", "tags",
            "too many");
    refused(ERR_UNPROCESSABLE, "{" ID ",\"tries\":1,\"tags\":[\"a\",\"b\",\"a\"]}", "tags",
            "twice");
    refused(ERR_UNPROCESSABLE, "{" ID ",\"tries\":1,\"tags\":[\"a\",2]}", "tags[1]",
            "must be a string");
    refused(ERR_UNPROCESSABLE, BASE ",\"events\":[]}", "events", "must not be empty");
    refused(ERR_UNPROCESSABLE, BASE ",\"events\":[{\"call_sid\":\"12345\"}]}", "events[0].call_sid",
            "too long");
    refused(ERR_UNPROCESSABLE, BASE ",\"at\":\"yesterday\"}", "at", "RFC 3339");
}

Test(record, length_is_counted_in_characters)
{
    cr_expect_str_eq(
        decoded(BASE
                ",\"note\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80x\"}")
                .note +
            16,
        "x");
    refused(ERR_UNPROCESSABLE, BASE ",\"note\":\"123456\"}", "note", "too long");
    refused(ERR_UNPROCESSABLE, BASE ",\"note\":\"\"}", "note", "must not be empty");
}

Test(record, control_and_bidi_characters_are_refused_where_the_table_says_so)
{
    refused(ERR_UNPROCESSABLE, BASE ",\"note\":\"a\\nb\"}", "note", "control");
    refused(ERR_UNPROCESSABLE, BASE ",\"note\":\"a\\u202eb\"}", "note", "control");
    refused(ERR_UNPROCESSABLE, BASE ",\"note\":\"\\u007f\"}", "note", "control");
    refused(ERR_UNPROCESSABLE, BASE ",\"prompt\":\"a\\u0007\"}", "prompt", "control");
    refused(ERR_UNPROCESSABLE, BASE ",\"prompt\":\"a\\u2067\"}", "prompt", "control");
    cr_expect_str_eq(decoded("{" ID ",\"tries\":1,\"tags\":[\"\\u0007\"]}").tags[0], "\a");
}

Test(record, an_odd_unknown_name_is_not_repeated)
{
    refused(ERR_INVALID, BASE ",\"<script>\":1}", "", "unknown member");
    refused(ERR_INVALID, BASE ",\"a\\nb\":1}", "", "unknown member");
    refused(ERR_INVALID, BASE ",\"settings\":{\"\":1}}", "settings", "unknown member");
    refused(ERR_INVALID, BASE ",\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\":1}", "",
            "unknown member");
}

Test(record, more_than_the_arena_holds_is_too_big_and_no_crash)
{
    size_t n = 60000;
    char *text = arena_alloc(s.arena, n * 2 + 200), *p = text;
    p += sprintf(p, BASE ",\"events\":[");
    for (size_t i = 0; i < n / 2; i++)
        p = stpcpy(p, "7,");
    strcpy(p, "7]}");
    struct scope own;
    struct thing t;
    scope_init_sized(&own, 1000, 64 * 1024);
    cr_expect_eq(record_decode(&own, &thing_record, text, 0, &t), ERR_TOO_BIG);
    cr_expect_str_eq(own.fault.field, "events");
    scope_fini(&own);
}

/* ---- formats ---- */

static bool fits(enum text_format format, const char *text)
{
    const struct field f = {
        .name = "t", .kind = FIELD_TEXT, .required = true, .most = 200, .format = format};
    const struct record r = {"one", sizeof(char *), &f, 1, false};
    struct scope own;
    const char *got;
    scope_init(&own, 1000);
    struct js *o = js_object(&own);
    js_set_text(o, "t", text);
    bool ok = record_from(&own, &r, o, &got) == OK;
    scope_fini(&own);
    return ok;
}

Test(record, formats_tell_good_from_bad)
{
    static const struct {
        enum text_format format;
        const char *good[8], *bad[24];
    } rows[] = {
        {FORMAT_UUID,
         {"019a5b3e-0000-7000-8000-000000000001", "019A5B3E-0000-7000-8000-00000000000F"},
         {"", "019a5b3e00007000800000000000001", "019a5b3e-0000-7000-8000-00000000000g",
          "{019a5b3e-0000-7000-8000-000000000001}", "019a5b3e-0000-7000-8000-000000000001 "}},
        {FORMAT_DATE,
         {"2026-11-22", "2024-02-29", "2000-02-29"},
         {"2026-11-31", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00",
          "26-01-01", "2026-1-1", "2026-01-01T", "2026/01/01", ""}},
        {FORMAT_DATE_TIME,
         {"2026-11-22T10:17:15Z", "2026-11-22T10:17:15.042Z", "2026-11-22T23:59:59+05:30",
          "2026-11-22t00:00:00z"},
         {"2026-11-22", "2026-11-22T10:17:15", "2026-11-22 10:17:15Z", "2026-11-22T24:00:00Z",
          "2026-11-22T10:60:00Z", "2026-11-22T10:17:60Z", "2026-11-22T10:17:15.Z",
          "2026-11-22T10:17:15+5:30", "2026-11-22T10:17:15+24:00", "2026-11-22T10:17:15Zx",
          "2026-02-30T10:17:15Z"}},
        {FORMAT_E164,
         {"+15550100", "+4915112345678", "+123456789012345"},
         {"15550100", "+0155501000", "+123456", "+1234567890123456", "+1 555 0100", "+1555010a",
          "+", ""}},
        {FORMAT_URI,
         {"https://example.com/a?b=c#d", "wss://h:443/", "http://[::1]:80/"},
         {"example.com", "ftp://example.com", "https://", "https:///x", "https://a b",
          "https://a\"b", "javascript:alert(1)", "https://\xc3\xa9.com", "https://?x"}},
        {FORMAT_EMAIL,
         {"agent@demo.test", "a+b.c@x.y.example"},
         {"agent", "@demo.test", "agent@", "agent@demo", "a@b@c.d", "a b@c.d", "a@.test", "a@b..c",
          "a@b.", "<a@b.c>", "a@b.c\n"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (const char *const *t = rows[i].good; *t; t++)
            cr_expect(fits(rows[i].format, *t), "refused: %s", *t);
        for (const char *const *t = rows[i].bad; *t; t++)
            cr_expect_not(fits(rows[i].format, *t), "accepted: %s", *t);
    }
}
