/*
 * Arena: bounded memory that lives as long as one request, message or turn.
 *
 *     struct arena *a = arena_create(1 << 20);
 *     char *s = arena_printf(a, "call-%s", id);
 *     arena_defer(a, clear_fn, obj);         foreign objects die with the arena, newest first
 *     arena_destroy(a);
 *
 * arena_alloc() never returns NULL: sizes are bounded at the edge, so overrunning the bound is a bug
 * and aborts. Where a size comes from outside use arena_try(), which returns NULL over the bound.
 * Memory is zeroed and aligned for any object.
 */
#pragma once
#include <stddef.h>
#include <stdarg.h>

struct arena;

struct arena *arena_create(size_t max_bytes);
void arena_destroy(struct arena *a);

void *arena_alloc(struct arena *a, size_t n);
void *arena_try(struct arena *a, size_t n);
char *arena_strdup(struct arena *a, const char *s); /* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);
void arena_defer(struct arena *a, void (*fn)(void *), void *obj);
size_t arena_used(const struct arena *a);
