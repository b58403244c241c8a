/*
 * Every schema of proto/ against its example: it decodes, is written back, decodes to the same; and
 * each required member, removed, is refused by name.
 */
#include "base/buf.h"
#include "messages.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct scope s;

static void up(void)
{
    scope_init_sized(&s, 10000, 8u << 20);
}

static void down(void)
{
    scope_fini(&s);
}

TestSuite(messages, .init = up, .fini = down, .timeout = 30);

static const char *example(const char *folder, const char *name)
{
    const char *path = arena_printf(s.arena, "%s/proto/%s/%s.json", VA_ROOT, folder, name);
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    char *text = arena_alloc(s.arena, 64 * 1024);
    size_t n = fread(text, 1, 64 * 1024 - 1, f);
    cr_assert(feof(f), "%s: over 64 KiB, too big for a message", path);
    text[n] = 0;
    fclose(f);
    return text;
}

static struct js *parsed(const char *text)
{
    struct js *j;
    cr_assert_eq(js_parse(&s, text, 0, &j), OK, "%s: %s", text, s.fault.message);
    return j;
}

static void comes_back_equal(const struct record *r, const char *text)
{
    void *once = arena_alloc(s.arena, r->size), *twice = arena_alloc(s.arena, r->size);
    cr_assert_eq(record_decode(&s, r, text, 0, once), OK, "%s: %s %s", r->name, s.fault.field,
                 s.fault.message);
    const char *written = record_encode(&s, r, once);
    cr_expect(js_equal(parsed(text), parsed(written)), "%s comes back as %s", r->name, written);
    cr_assert_eq(record_decode(&s, r, written, 0, twice), OK, "%s: %s %s", r->name, s.fault.field,
                 s.fault.message);
    cr_expect_str_eq(record_encode(&s, r, twice), written);
}

/* The example with one of its members left out. */
static const char *without(const char *text, const char *name)
{
    struct js *all = parsed(text), *rest = js_object(&s);
    for (struct js_iter *it = js_first(all); it; it = js_next(all, it))
        if (strcmp(js_key(it), name))
            js_set(rest, js_key(it), js_value(it));
    return js_dump(&s, rest);
}

static void misses_each_required_member(const struct record *r, const char *text)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct field *f = &r->fields[i];
        if (!f->required)
            continue;
        struct scope own;
        scope_init(&own, 1000);
        cr_expect_eq(
            record_decode(&own, r, without(text, f->name), 0, arena_alloc(own.arena, r->size)),
            ERR_INVALID, "%s without %s", r->name, f->name);
        cr_expect_str_eq(own.fault.field, f->name);
        scope_fini(&own);
    }
}

Test(messages, every_message_has_an_example_that_round_trips)
{
    for (const struct record *const *r = MESSAGE_TYPES; *r; r++) {
        const char *text = example("examples", (*r)->name);
        cr_expect(text, "proto/examples/%s.json is missing", (*r)->name);
        if (text)
            comes_back_equal(*r, text);
    }
}

Test(messages, a_missing_required_member_is_named)
{
    for (const struct record *const *r = MESSAGE_TYPES; *r; r++) {
        const char *text = example("examples", (*r)->name);
        if (text)
            misses_each_required_member(*r, text);
    }
}

Test(messages, an_unknown_member_of_a_message_passes)
{
    for (const struct record *const *r = MESSAGE_TYPES; *r; r++) {
        const char *text = example("examples", (*r)->name);
        if (!text)
            continue;
        struct js *more = parsed(text);
        js_set_text(more, "added_by_a_later_version", "x");
        cr_expect_eq(record_decode(&s, *r, js_dump(&s, more), 0, arena_alloc(s.arena, (*r)->size)),
                     OK, "%s: %s", (*r)->name, s.fault.message);
    }
}

/* A body may have an example too; it must be accepted, and its required members are missed. */
Test(messages, an_example_of_a_request_body_is_accepted)
{
    for (const struct record *const *r = REQUEST_BODIES; *r; r++) {
        const char *text = example("http/examples", (*r)->name);
        cr_expect((*r)->closed, "%s lets unknown members pass", (*r)->name);
        if (text) {
            comes_back_equal(*r, text);
            misses_each_required_member(*r, text);
        }
    }
}

/* ---- the generator itself, as a program ---- */

/* Run msggen over one schema in a fresh folder; returns its exit status, its complaint in out. */
static int msggen(const char *file, const char *schema, char *out, size_t size, char dir[64])
{
    snprintf(dir, 64, "/tmp/msggen-XXXXXX");
    cr_assert(mkdtemp(dir));
    const char *http = arena_printf(s.arena, "%s/http", dir);
    cr_assert_eq(mkdir(http, 0700), 0);
    const char *path = arena_printf(s.arena, "%s/%s.schema.json", dir, file);
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs(schema, f) >= 0 && fclose(f) == 0);

    FILE *p = popen(
        arena_printf(s.arena, "python3 %s/tools/msggen.py %s/gen %s 2>&1", VA_ROOT, dir, path),
        "r");
    cr_assert(p);
    out[fread(out, 1, size - 1, p)] = 0;
    return pclose(p);
}

static int compile(const char *dir)
{
    return system(
        arena_printf(s.arena,
                     "cc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only "
                     "-Wno-missing-field-initializers -I%s/common -I%s/gen %s/gen/messages.c",
                     VA_ROOT, dir, dir));
}

static void sweep(const char *dir)
{
    cr_expect_eq(system(arena_printf(s.arena, "rm -r %s", dir)), 0);
}

Test(messages, what_the_generator_writes_compiles)
{
    static const char *const rows[][2] = {
        {"thing.done", "{\"type\":\"object\",\"description\":\"A *\\/ "
                       "comment\",\"required\":[\"id\"],\"properties\":{"
                       "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},\"n\":{\"type\":["
                       "\"integer\",\"null\"],\"minimum\":-1},"
                       "\"x\":{\"type\":\"number\",\"maximum\":1},\"rows\":{\"type\":\"array\","
                       "\"items\":{\"type\":\"object\","
                       "\"properties\":{\"words\":{\"type\":\"array\",\"uniqueItems\":true,"
                       "\"items\":{\"type\":\"string\"}}}}},"
                       "\"any\":{\"type\":\"object\"},\"all\":{\"type\":\"array\",\"items\":{"
                       "\"type\":\"object\"}}}}"},
        {"http/nothing.asked", "{\"type\":\"object\",\"additionalProperties\":false}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[2000], dir[64];
        cr_expect_eq(msggen(rows[i][0], rows[i][1], out, sizeof out, dir), 0, "%s", out);
        cr_expect_eq(compile(dir), 0);
        sweep(dir);
    }
}

Test(messages, the_generator_refuses_what_it_does_not_understand)
{
    static const char *const rows[][2] = {
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"x\"}}}",
         ".a: pattern"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"format\":\"ipv4\"}}}",
         ".a: format"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"x-text\":\"x\"}}}",
         ".a: x-text"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"strin\"}}}", ".a: type"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{}}}", ".a: type"},
        {"{\"type\":\"object\",\"properties\":{\"int\":{\"type\":\"string\"}}}",
         "cannot be the name"},
        {"{\"type\":\"object\",\"required\":[\"b\"],\"properties\":{\"a\":{\"type\":\"string\"}}}",
         "not described: b"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\"}}}", ".a: items"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"has_a\":{\"type\":"
         "\"string\"}}}",
         "has_a"},
        {"{\"type\":\"object\",", "not JSON"},
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", "an object is wanted"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[2000], dir[64];
        cr_expect_neq(msggen("a.b", rows[i][0], out, sizeof out, dir), 0);
        cr_expect(strstr(out, rows[i][1]) && !strstr(out, "Traceback"), "%s", out);
        sweep(dir);
    }
}
