/*
 * A growing, bounded byte buffer. Over its bound a write is dropped and buf->over is set, so check it
 * once at the end. Always NUL-terminated behind `n`, so buf->p is a C string ("" when empty).
 *
 *     struct buf b = BUF(64 * 1024);
 *     buf_printf(&b, "<Say>%d</Say>", n);
 *     ... b.p, b.n ...
 *     buf_free(&b);                       not needed for buf_in(): its memory is the arena's
 */
#pragma once
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *p;
    size_t n, cap, max;
    bool over;
    struct arena *arena; /* NULL: heap */
};

#define BUF(max_bytes) ((struct buf){.p = (char *)"", .max = (max_bytes)})
struct buf buf_in(struct arena *a, size_t max_bytes);

void buf_put(struct buf *b, const void *data, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string, whatever it holds: invalid UTF-8 is replaced. NULL: null. */
void buf_put_json(struct buf *b, const char *s);
/* A member of the JSON object that is being written, with its comma unless it is the first one. */
void buf_put_member(struct buf *b, const char *name, const char *text);
void buf_put_name(struct buf *b, const char *name); /* for a value of another kind, which follows */
char *buf_room(struct buf *b, size_t n); /* space for n more bytes, or NULL over the bound */
void buf_skip(struct buf *b, size_t n);  /* drop n bytes from the front */
void buf_reset(struct buf *b);           /* n = 0, keeps the memory */
void buf_free(struct buf *b);
