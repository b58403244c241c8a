#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buf buf_in(struct arena *a, size_t max_bytes)
{
    struct buf b = BUF(max_bytes);
    b.arena = a;
    return b;
}

static void enlarge(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap * 2 : 256;
    if (cap < need)
        cap = need;
    if (b->arena) {
        char *p = arena_alloc(b->arena, cap);
        memcpy(p, b->p, b->n);
        b->p = p;
    } else {
        b->p = must(realloc(b->cap ? b->p : NULL, cap));
    }
    b->cap = cap;
}

char *buf_room(struct buf *b, size_t n)
{
    if (n > b->max || b->n + n > b->max) {
        b->over = true;
        return NULL;
    }
    if (b->n + n + 1 > b->cap)
        enlarge(b, b->n + n + 1);
    return b->p + b->n;
}

void buf_put(struct buf *b, const void *data, size_t n)
{
    char *p = buf_room(b, n);
    if (!p)
        return;
    if (n)
        memcpy(p, data, n);
    b->n += n;
    b->p[b->n] = 0;
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *p = n < 0 ? NULL : buf_room(b, (size_t)n);
    if (p) {
        vsnprintf(p, (size_t)n + 1, fmt, ap);
        b->n += (size_t)n;
    }
    va_end(ap);
}

static void put_character(struct buf *b, int32_t c, const char *bytes, size_t n)
{
    if (c == UTF8_BAD)
        buf_puts(b, UTF8_REPLACEMENT);
    else if (c == '"' || c == '\\')
        buf_printf(b, "\\%c", (char)c);
    else if (c < 0x20 || c == 0x7f)
        buf_printf(b, "\\u%04x", (unsigned)c);
    else
        buf_put(b, bytes, n);
}

/* ASCII that means itself in a JSON string: of most texts that is all. */
static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void buf_put_json(struct buf *b, const char *s)
{
    if (!s) {
        buf_puts(b, "null");
        return;
    }
    buf_putc(b, '"');
    while (*s) {
        const char *from = s;
        while (is_plain(*s))
            s++;
        buf_put(b, from, (size_t)(s - from));
        if (!*(from = s))
            break;
        int32_t c = utf8_next(&s);
        put_character(b, c, from, (size_t)(s - from));
    }
    buf_putc(b, '"');
}

void buf_put_name(struct buf *b, const char *name)
{
    if (b->n && b->p[b->n - 1] != '{')
        buf_putc(b, ',');
    buf_put_json(b, name);
    buf_putc(b, ':');
}

void buf_put_member(struct buf *b, const char *name, const char *text)
{
    buf_put_name(b, name);
    buf_put_json(b, text);
}

void buf_skip(struct buf *b, size_t n)
{
    CHECK(n <= b->n);
    if (!n)
        return;
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
    b->p[b->n] = 0;
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->over = false;
    if (b->cap)
        b->p[0] = 0;
}

void buf_free(struct buf *b)
{
    if (b->cap && !b->arena)
        free(b->p);
    *b = BUF(b->max);
}
