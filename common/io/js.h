/*
 * JSON (jansson). A parsed value belongs to the scope's arena; accessors never fail: an absent or
 * differently typed member gives NULL, 0 or false. Prefix js_, because jansson owns json_.
 *
 *     struct js *j;
 *     TRY(js_parse(s, text, n, &j));          one top-level object or array
 *     const char *sid = js_text(js_get(j, "sid"));
 */
#pragma once
#include "base/scope.h"
#include <stdbool.h>
#include <stddef.h>

struct js; /* one JSON value */
enum js_type { JS_NONE, JS_NULL, JS_BOOL, JS_INT, JS_REAL, JS_TEXT, JS_ARRAY, JS_OBJECT };

/*
 * For anything from outside: nesting over 32, duplicate keys, invalid UTF-8, \u0000, lone surrogates,
 * numbers out of range, a negative zero and bytes after the value are ERR_INVALID with a fault that
 * says where. n = 0: strlen.
 */
enum err js_parse(struct scope *s, const char *text, size_t n, struct js **out) MUST_CHECK;

enum js_type js_type(const struct js *j); /* JS_NONE for NULL */
struct js *js_get(const struct js *object, const char *key);
struct js *js_at(const struct js *array, size_t i);
size_t js_count(const struct js *j);     /* members of an array or object */
const char *js_text(const struct js *j); /* NULL unless a string */
long long js_int(const struct js *j);
double js_real(const struct js *j); /* also of an integer */
bool js_true(const struct js *j);

/* Each member of an object, in order: for (it = js_first(o); it; it = js_next(o, it)) */
struct js_iter;
struct js_iter *js_first(const struct js *object);
struct js_iter *js_next(const struct js *object, struct js_iter *it);
const char *js_key(struct js_iter *it);
struct js *js_value(struct js_iter *it);

/*
 * Building. A NULL text or child becomes null, as does a real that is no number; invalid UTF-8 is
 * replaced. Adding hands the child over: change it through its parent from then on.
 */
struct js *js_object(struct scope *s);
struct js *js_array(struct scope *s);
void js_set(struct js *object, const char *key, struct js *yours);
void js_set_text(struct js *object, const char *key, const char *text);
void js_set_int(struct js *object, const char *key, long long v);
void js_set_real(struct js *object, const char *key, double v);
void js_set_bool(struct js *object, const char *key, bool v);
void js_push(struct js *array, struct js *yours);
void js_push_text(struct js *array, const char *text);
void js_push_int(struct js *array, long long v);
void js_push_real(struct js *array, double v);
void js_push_bool(struct js *array, bool v);
struct js *js_copy(struct scope *s, const struct js *j);  /* deep; a borrowed value for elsewhere */
bool js_equal(const struct js *a, const struct js *b);    /* the order of members does not matter */
const char *js_dump(struct scope *s, const struct js *j); /* compact, the arena's */
