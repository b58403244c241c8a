#include "io/record.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "io/format.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define AT(base, offset, type)       ((type *)(void *)((char *)(base) + (offset)))
#define AT_CONST(base, offset, type) ((const type *)(const void *)((const char *)(base) + (offset)))

/* Where we are in the tree, kept on the stack from the root down: for the name in the fault. */
struct path {
    const struct path *up;
    const char *name; /* NULL: item i of the array above */
    size_t i;
};

struct decode {
    struct scope *s;
    const struct path *path;
};

static void print_path(struct buf *b, const struct path *p)
{
    if (!p)
        return;
    print_path(b, p->up);
    if (p->name)
        buf_printf(b, "%s%s", b->n ? "." : "", p->name);
    else
        buf_printf(b, "[%zu]", p->i);
}

static enum err refuse(struct decode *d, enum err e, const char *why)
{
    struct buf b = BUF(sizeof d->s->fault.field - 1);
    print_path(&b, d->path);
    e = fail(d->s, e, NULL, b.p, "%s", why);
    buf_free(&b);
    return e;
}

#define SHAPE(d, why) refuse(d, ERR_INVALID, why)
#define VALUE(d, why) refuse(d, ERR_UNPROCESSABLE, why)

/* ---- values ---- */

static bool chosen(const char *const *choices, const char *text)
{
    for (; *choices; choices++)
        if (!strcmp(*choices, text))
            return true;
    return false;
}

static bool has_controls(const char *text, enum text_controls allowed)
{
    for (const char *p = text; *p && allowed != CONTROLS_FREE;) {
        int32_t c = utf8_next(&p);
        bool line = c == '\t' || c == '\n' || c == '\r';
        if (utf8_is_control(c) && !(line && allowed == CONTROLS_LINES))
            return true;
    }
    return false;
}

static enum err take_text(struct decode *d, const struct field *f, const struct js *j,
                          const char **out)
{
    const char *text = js_text(j);
    if (!text)
        return VALUE(d, "must be a string");
    long long n = (long long)utf8_count(text);
    if (f->choices && !chosen(f->choices, text))
        return VALUE(d, "is not one of the allowed values");
    if (n < f->least)
        return VALUE(d, n ? "is too short" : "must not be empty");
    if (n > f->most)
        return VALUE(d, "is too long");
    if (has_controls(text, f->controls))
        return VALUE(d, "must not contain control characters");
    const char *wrong = format_check(f->format, text);
    if (wrong)
        return VALUE(d, wrong);
    *out = text;
    return OK;
}

static enum err take_int(struct decode *d, const struct field *f, const struct js *j,
                         long long *out)
{
    if (js_type(j) != JS_INT)
        return VALUE(d, "must be a whole number");
    *out = js_int(j);
    if (*out < f->least)
        return VALUE(d, "is too small");
    if (*out > f->most)
        return VALUE(d, "is too large");
    return OK;
}

static enum err take_real(struct decode *d, const struct field *f, const struct js *j, double *out)
{
    if (js_type(j) != JS_INT && js_type(j) != JS_REAL)
        return VALUE(d, "must be a number");
    *out = js_real(j);
    if (*out < f->real_least)
        return VALUE(d, "is too small");
    if (*out > f->real_most)
        return VALUE(d, "is too large");
    return OK;
}

static enum err take_bool(struct decode *d, const struct js *j, bool *out)
{
    if (js_type(j) != JS_BOOL)
        return VALUE(d, "must be true or false");
    *out = js_true(j);
    return OK;
}

/* Many small records can need more than the text they came in: the sender's fault, not a bug. */
static enum err room(struct decode *d, size_t n, void **out)
{
    *out = arena_try(d->s->arena, n ? n : 1);
    return *out ? OK : refuse(d, ERR_TOO_BIG, "holds too much");
}

/* ---- arrays: two identical items are next to each other once sorted ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_int(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}

static bool has_twins(const struct field *item, const void *items, size_t n)
{
    size_t size = item->kind == FIELD_TEXT ? sizeof(char *) : sizeof(long long);
    int (*order)(const void *, const void *) = item->kind == FIELD_TEXT ? by_text : by_int;
    if (n < 2)
        return false;
    char *sorted = must(malloc(n * size));
    memcpy(sorted, items, n * size);
    qsort(sorted, n, size, order);
    bool twins = false;
    for (size_t i = 1; i < n && !twins; i++)
        twins = !order(sorted + (i - 1) * size, sorted + i * size);
    free(sorted);
    return twins;
}

static size_t item_size(const struct field *item)
{
    switch (item->kind) {
    case FIELD_INT:
        return sizeof(long long);
    case FIELD_REAL:
        return sizeof(double);
    case FIELD_BOOL:
        return sizeof(bool);
    case FIELD_RECORD:
        return item->record->size;
    default:
        return sizeof(void *);
    }
}

static enum err take_value(struct decode *d, const struct field *f, const struct js *j, void *out);
static enum err take_record(struct decode *d, const struct record *r, const struct js *j,
                            void *out);

/* An item that is a record lies in the array itself; a member that is one is pointed to. */
static enum err take_item(struct decode *d, const struct field *item, const struct js *j, void *out)
{
    if (item->kind == FIELD_RECORD)
        return take_record(d, item->record, j, out);
    return take_value(d, item, j, out);
}

static enum err take_array(struct decode *d, const struct field *f, const struct js *j, void *out)
{
    if (js_type(j) != JS_ARRAY)
        return SHAPE(d, "must be an array");
    size_t n = js_count(j), size = item_size(f->item);
    if ((long long)n < f->least)
        return VALUE(d, n ? "has too few items" : "must not be empty");
    if ((long long)n > f->most)
        return VALUE(d, "has too many items");

    void *room_for_them;
    TRY(room(d, n * size, &room_for_them));
    char *items = room_for_them;
    struct path here = {.up = d->path};
    struct decode inner = {d->s, &here};
    for (here.i = 0; here.i < n; here.i++)
        TRY(take_item(&inner, f->item, js_at(j, here.i), items + here.i * size));
    if (f->unique && has_twins(f->item, items, n))
        return VALUE(d, "has an item twice");
    *AT(out, f->at, void *) = items;
    *AT(out, f->count_at, size_t) = n;
    return OK;
}

/* ---- records ---- */

/* The value of one member, or of one array item (whose field has at = 0). */
static enum err take_value(struct decode *d, const struct field *f, const struct js *j, void *out)
{
    switch (f->kind) {
    case FIELD_TEXT:
        return take_text(d, f, j, AT(out, f->at, const char *));
    case FIELD_INT:
        return take_int(d, f, j, AT(out, f->at, long long));
    case FIELD_REAL:
        return take_real(d, f, j, AT(out, f->at, double));
    case FIELD_BOOL:
        return take_bool(d, j, AT(out, f->at, bool));
    case FIELD_ARRAY:
        return take_array(d, f, j, out);
    case FIELD_FREE:
        if (js_type(j) != JS_OBJECT)
            return SHAPE(d, "must be an object");
        *AT(out, f->at, const struct js *) = j;
        return OK;
    case FIELD_RECORD:
        TRY(room(d, f->record->size, AT(out, f->at, void *)));
        return take_record(d, f->record, j, *AT(out, f->at, void *));
    }
    return OK;
}

static enum err take_member(struct decode *d, const struct field *f, const struct js *j, void *out)
{
    struct path here = {.up = d->path, .name = f->name};
    struct decode inner = {d->s, &here};
    if (!j)
        return f->required ? SHAPE(&inner, "is required") : OK;
    if (f->nullable && js_type(j) == JS_NULL) {
        if (f->null_at)
            *AT(out, f->null_at, bool) = true;
        return OK;
    }
    if (f->has_at)
        *AT(out, f->has_at, bool) = true;
    return take_value(&inner, f, j, out);
}

static bool known(const struct record *r, const char *key)
{
    for (size_t i = 0; i < r->n; i++)
        if (!strcmp(r->fields[i].name, key))
            return true;
    return false;
}

/* A name goes into the fault only when it looks like one: the caller's words are not repeated. */
static enum err refuse_unknown(struct decode *d, const char *key)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    struct path here = {.up = d->path, .name = key};
    struct decode inner = {d->s, &here};
    if (*key && strlen(key) <= 40 && key[strspn(key, letters)] == 0)
        d = &inner;
    return SHAPE(d, "unknown member");
}

static enum err take_record(struct decode *d, const struct record *r, const struct js *j, void *out)
{
    memset(out, 0, r->size);
    if (js_type(j) != JS_OBJECT)
        return SHAPE(d, "must be an object");
    for (struct js_iter *it = js_first(j); it && r->closed; it = js_next(j, it))
        if (!known(r, js_key(it)))
            return refuse_unknown(d, js_key(it));
    for (size_t i = 0; i < r->n; i++)
        TRY(take_member(d, &r->fields[i], js_get(j, r->fields[i].name), out));
    return OK;
}

enum err record_from(struct scope *s, const struct record *r, const struct js *j, void *out)
{
    struct decode d = {.s = s};
    return take_record(&d, r, j, out);
}

enum err record_decode(struct scope *s, const struct record *r, const char *text, size_t n,
                       void *out)
{
    struct js *j;
    memset(out, 0, r->size);
    TRY(js_parse(s, text, n, &j));
    return record_from(s, r, j, out);
}

/* ---- and back ---- */

static struct js *array_of(struct scope *s, const struct field *f, const void *in)
{
    const char *items = *AT_CONST(in, f->at, void *);
    size_t n = *AT_CONST(in, f->count_at, size_t), size = item_size(f->item);
    struct js *a = js_array(s);
    for (size_t i = 0; i < n; i++, items += size) {
        switch (f->item->kind) {
        case FIELD_TEXT:
            js_push_text(a, *AT_CONST(items, 0, char *));
            break;
        case FIELD_INT:
            js_push_int(a, *AT_CONST(items, 0, long long));
            break;
        case FIELD_REAL:
            js_push_real(a, *AT_CONST(items, 0, double));
            break;
        case FIELD_BOOL:
            js_push_bool(a, *AT_CONST(items, 0, bool));
            break;
        case FIELD_RECORD:
            js_push(a, record_tree(s, f->item->record, items));
            break;
        default:
            js_push(a, js_copy(s, *AT_CONST(items, 0, struct js *)));
        }
    }
    return a;
}

static void put_value(struct scope *s, struct js *o, const struct field *f, const void *in)
{
    switch (f->kind) {
    case FIELD_TEXT:
        js_set_text(o, f->name, *AT_CONST(in, f->at, char *));
        break;
    case FIELD_INT:
        js_set_int(o, f->name, *AT_CONST(in, f->at, long long));
        break;
    case FIELD_REAL:
        js_set_real(o, f->name, *AT_CONST(in, f->at, double));
        break;
    case FIELD_BOOL:
        js_set_bool(o, f->name, *AT_CONST(in, f->at, bool));
        break;
    case FIELD_FREE:
        js_set(o, f->name, js_copy(s, *AT_CONST(in, f->at, struct js *)));
        break;
    case FIELD_RECORD:
        js_set(o, f->name, record_tree(s, f->record, *AT_CONST(in, f->at, void *)));
        break;
    case FIELD_ARRAY:
        js_set(o, f->name, array_of(s, f, in));
        break;
    }
}

static bool is_there(const struct field *f, const void *in)
{
    if (f->has_at)
        return *AT_CONST(in, f->has_at, bool);
    if (f->kind == FIELD_INT || f->kind == FIELD_REAL || f->kind == FIELD_BOOL)
        return true;
    if (f->kind == FIELD_ARRAY && f->required && !f->nullable)
        return true; /* no items: [] */
    return *AT_CONST(in, f->at, void *) != NULL;
}

struct js *record_tree(struct scope *s, const struct record *r, const void *in)
{
    struct js *o = js_object(s);
    for (size_t i = 0; i < r->n; i++) {
        const struct field *f = &r->fields[i];
        if (is_there(f, in))
            put_value(s, o, f, in);
        else if (f->required || (f->null_at && *AT_CONST(in, f->null_at, bool)))
            js_set_text(o, f->name, NULL); /* the reader refuses it if it must not be null */
    }
    return o;
}

const char *record_encode(struct scope *s, const struct record *r, const void *in)
{
    return js_dump(s, record_tree(s, r, in));
}
