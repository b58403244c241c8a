#include "base/arena.h"
#include "base/die.h"
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 8192 /* most requests need no second one */

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *obj;
};

struct arena {
    size_t used, max;
    struct block *blocks; /* newest first; only the newest has room */
    struct deferred *deferred;
};

struct arena *arena_create(size_t max_bytes)
{
    struct arena *a = must(calloc(1, sizeof *a));
    a->max = max_bytes;
    return a;
}

/*
 * First blocks are what most arenas consist of, and come and go with every request: some are kept. Under a sanitizer
 * none is, or it would take the next request's use of one for a good one of the last.
 */
#ifdef __SANITIZE_ADDRESS__
#define SPARE_MAX 0
#else
#define SPARE_MAX 64
#endif
static _Thread_local struct block *spare;
static _Thread_local int n_spare;

static void give_back(struct block *b)
{
    if (b->size != FIRST_BLOCK || n_spare >= SPARE_MAX) {
        free(b);
        return;
    }
    b->next = spare;
    spare = b;
    n_spare++;
}

static struct block *take(size_t size)
{
    struct block *b = spare;
    if (size != FIRST_BLOCK || !b)
        return must(malloc(sizeof *b + size));
    spare = b->next;
    n_spare--;
    return b;
}

void arena_destroy(struct arena *a)
{
    if (!a)
        return;
    for (struct deferred *d = a->deferred; d; d = d->next)
        d->fn(d->obj);
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        give_back(b);
    }
    free(a);
}

static struct block *grow(struct arena *a, size_t n)
{
    size_t size = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
    if (size < n)
        size = n;
    struct block *b = take(size);
    *b = (struct block){.next = a->blocks, .size = size};
    a->blocks = b;
    return b;
}

void *arena_try(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > a->max || a->used + n > a->max)
        return NULL;
    n = (n + align - 1) / align * align;
    struct block *b = a->blocks;
    if (!b || b->size - b->used < n)
        b = grow(a, n);
    void *p = memset(b->data + b->used, 0, n);
    b->used += n;
    a->used += n;
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = arena_try(a, n);
    if (!p)
        die("arena: %zu bytes over the bound of %zu", n, a->max);
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    memcpy(p, s, n);
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        die("arena_printf: bad format");
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *obj)
{
    struct deferred *d = arena_alloc(a, sizeof *d);
    *d = (struct deferred){a->deferred, fn, obj};
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
