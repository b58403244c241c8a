#include "io/js.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32 /* jansson recurses on the task's stack, reading and writing */

static json_t *in(const struct js *j)
{
    return (json_t *)j;
}

static struct js *out(json_t *j)
{
    return (struct js *)j;
}

static void drop(void *j)
{
    json_decref(j);
}

/* The arena holds one reference; a tree the value is added to takes its own. */
static struct js *keep(struct scope *s, json_t *j)
{
    arena_defer(s->arena, drop, must(j));
    return out(j);
}

/*
 * What must be known before jansson may see the text: how deep it nests. Strings are skipped, all
 * else about the syntax is jansson's business, except a negative zero, which it would read as 0.
 */
static const char *scan(const char *text, size_t n)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i], next = i + 1 < n ? text[i + 1] : 0, after = i + 2 < n ? text[i + 2] : 0;
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX)
                return "nested too deeply";
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        } else if (c == '-' && next == '0' && after != '.' && after != 'e' && after != 'E' &&
                   (i == 0 || !strchr("eE", text[i - 1]))) {
            return "negative zero";
        }
    }
    return NULL;
}

/* In our words: jansson's own text quotes the input. */
static const char *reason(const json_error_t *e)
{
    switch (json_error_code(e)) {
    case json_error_duplicate_key:
        return "a key appears twice";
    case json_error_invalid_utf8:
        return "invalid UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a NUL character";
    case json_error_numeric_overflow:
        return "a number is out of range";
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "something follows the value";
    default:
        return "syntax error";
    }
}

enum err js_parse(struct scope *s, const char *text, size_t n, struct js **result)
{
    *result = NULL;
    if (!text)
        text = "";
    if (!n)
        n = strlen(text);
    const char *bad = scan(text, n);
    if (bad)
        return fail(s, ERR_INVALID, NULL, NULL, "not acceptable JSON: %s", bad);

    json_error_t e;
    json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
    if (!j)
        return fail(s, ERR_INVALID, NULL, NULL, "not valid JSON: %s (line %d, column %d)",
                    reason(&e), e.line, e.column);
    *result = keep(s, j);
    return OK;
}

enum js_type js_type(const struct js *j)
{
    if (!j)
        return JS_NONE;
    switch (json_typeof(in(j))) {
    case JSON_OBJECT:
        return JS_OBJECT;
    case JSON_ARRAY:
        return JS_ARRAY;
    case JSON_STRING:
        return JS_TEXT;
    case JSON_INTEGER:
        return JS_INT;
    case JSON_REAL:
        return JS_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JS_BOOL;
    case JSON_NULL:
        return JS_NULL;
    }
    return JS_NONE;
}

struct js *js_get(const struct js *object, const char *key)
{
    return out(json_object_get(in(object), key));
}

struct js *js_at(const struct js *array, size_t i)
{
    return out(json_array_get(in(array), i));
}

size_t js_count(const struct js *j)
{
    return js_type(j) == JS_OBJECT ? json_object_size(in(j)) : json_array_size(in(j));
}

const char *js_text(const struct js *j)
{
    return json_string_value(in(j));
}

long long js_int(const struct js *j)
{
    return json_integer_value(in(j));
}

double js_real(const struct js *j)
{
    return json_number_value(in(j));
}

bool js_true(const struct js *j)
{
    return json_is_true(in(j));
}

struct js_iter *js_first(const struct js *object)
{
    return json_object_iter(in(object));
}

struct js_iter *js_next(const struct js *object, struct js_iter *it)
{
    return json_object_iter_next(in(object), it);
}

const char *js_key(struct js_iter *it)
{
    return json_object_iter_key(it);
}

struct js *js_value(struct js_iter *it)
{
    return out(json_object_iter_value(it));
}

static json_t *repaired(const char *text)
{
    struct buf b = BUF(SIZE_MAX / 2);
    for (const char *p = text, *from = p; *p; from = p) {
        if (utf8_next(&p) == UTF8_BAD)
            buf_puts(&b, UTF8_REPLACEMENT);
        else
            buf_put(&b, from, (size_t)(p - from));
    }
    json_t *j = must(json_stringn(b.p, b.n));
    buf_free(&b);
    return j;
}

static json_t *string(const char *text)
{
    if (!text)
        return json_null();
    json_t *j = json_string(text); /* refuses invalid UTF-8 */
    return j ? j : repaired(text);
}

static json_t *number(double v)
{
    json_t *j = json_real(v); /* refuses what JSON cannot say: infinities and NaN */
    return j ? j : json_null();
}

static void set(struct js *object, const char *key, json_t *yours)
{
    CHECK(json_object_set_new(in(object), key, yours) == 0);
}

static void push(struct js *array, json_t *yours)
{
    CHECK(json_array_append_new(in(array), yours) == 0);
}

struct js *js_object(struct scope *s)
{
    return keep(s, json_object());
}

struct js *js_array(struct scope *s)
{
    return keep(s, json_array());
}

void js_set(struct js *object, const char *key, struct js *yours)
{
    set(object, key, yours ? json_incref(in(yours)) : json_null());
}

void js_set_text(struct js *object, const char *key, const char *text)
{
    set(object, key, string(text));
}

void js_set_int(struct js *object, const char *key, long long v)
{
    set(object, key, must(json_integer(v)));
}

void js_set_real(struct js *object, const char *key, double v)
{
    set(object, key, number(v));
}

void js_set_bool(struct js *object, const char *key, bool v)
{
    set(object, key, json_boolean(v));
}

void js_push(struct js *array, struct js *yours)
{
    push(array, yours ? json_incref(in(yours)) : json_null());
}

void js_push_text(struct js *array, const char *text)
{
    push(array, string(text));
}

void js_push_int(struct js *array, long long v)
{
    push(array, must(json_integer(v)));
}

void js_push_real(struct js *array, double v)
{
    push(array, number(v));
}

void js_push_bool(struct js *array, bool v)
{
    push(array, json_boolean(v));
}

struct js *js_copy(struct scope *s, const struct js *j)
{
    return j ? keep(s, json_deep_copy(in(j))) : NULL;
}

bool js_equal(const struct js *a, const struct js *b)
{
    return a == b || json_equal(in(a), in(b));
}

/* 15 digits, so that 1.1 is written as 1.1. */
const char *js_dump(struct scope *s, const struct js *j)
{
    char *text = must(json_dumps(in(j), JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)));
    char *copy = arena_strdup(s->arena, text);
    free(text);
    return copy;
}
